import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isStalled, nextOf, reached, stepsFor, waitOf } from "./course.ts";
import { gistAfter, nothingSaid } from "./gist.ts";
import type { ThreadLine } from "./office.ts";
import type { Step } from "./openly.ts";
import type { Item } from "./views.ts";

const day = 86_400_000;
/** What was said: `0 hello` is a text of party 0, `1 closed`, `0 visited` what it says openly; one each day. */
type Said = `${0 | 1 | 2} ${"hello" | "closed" | "reopened" | Step}`;

function items(said: readonly Said[], reader: number): Item[] {
  return said.map((each, index) => {
    const [party, word = ""] = [Number(each[0]), each.split(" ")[1]];
    const at = { seq: index + 2, at: (index + 1) * day, party, own: party === reader, msgId: "AA==" as never };
    if (word === "hello") {
      return { ...at, type: "message", kind: "text", text: "…", author: null };
    }
    if (word === "closed") {
      return { ...at, type: word, reason: "housing" };
    }
    return word === "reopened" ? { ...at, type: word } : { ...at, type: "step", step: word as Step };
  });
}

function line(said: readonly Said[], reader = 1, more: Partial<ThreadLine> = {}): ThreadLine {
  const { course, closed } = gistAfter(nothingSaid, items(said, reader));
  return { party: reader, stage: "solicited", seen: false, course, closed, ...more } as ThreadLine;
}

const both = ["0 hello", "1 hello"] as const;

/** What the service makes of what was said: as `tests/sdk/test_relating.py` wrote it down. */
interface Case {
  readonly said: readonly Said[];
  readonly stage: string;
  readonly meeting: number | null;
  readonly offer: number | null;
  readonly installed: readonly number[];
  readonly meetings: number;
  readonly visits: number;
  readonly closed: number | null;
}

const cases = JSON.parse(
  readFileSync(`${import.meta.dirname}/../../../../tests/sdk/relations.json`, "utf8"),
) as readonly Case[];

describe("for each side and for who looks on", () => {
  it.each(cases)("is as the service has it: $said", ({ said, ...expected }) => {
    for (const [reader, sides] of [
      [0, ["own", "peer"]],
      [1, ["peer", "own"]],
      [2, ["first", "second"]],
    ] as const) {
      const named = (party: number | null): string | null => (party === null ? null : (sides[party] ?? ""));
      const { stage, meeting, offer, installed, meetings, visits, closed } = reached(line(said, reader));
      expect({ stage, meeting, offer, installed, meetings, visits, closed: closed?.by ?? null }).toStrictEqual({
        ...expected,
        meeting: named(expected.meeting),
        offer: named(expected.offer),
        installed: expected.installed.map(named),
        closed: named(expected.closed),
      });
    }
  });
});

describe("the stage that was reached", () => {
  it.each<[string, readonly Said[]]>([
    ["solicited", ["0 hello", "0 hello"]],
    ["engaged", both],
    ["engaged", [...both, "0 meeting_proposed", "0 meeting_confirmed"]],
    ["meeting_planned", [...both, "1 meeting_proposed", "0 meeting_confirmed"]],
    ["visited", [...both, "0 visited"]],
    ["visited", [...both, "0 visited", "1 meeting_proposed", "0 meeting_confirmed"]],
    ["agreed", [...both, "1 offer_proposed", "0 offer_accepted"]],
    ["visited", [...both, "0 visited", "1 offer_proposed", "0 offer_declined", "0 installed"]],
    ["installed", [...both, "0 installed", "1 installed"]],
    ["closed", [...both, "0 visited", "0 closed"]],
    ["visited", [...both, "0 visited", "0 closed", "1 reopened"]],
    ["engaged", ["0 hello", "0 closed", "1 hello", "0 reopened"]],
  ])("is %s", (stage, said) => {
    for (const reader of [0, 1]) {
      expect(reached(line(said, reader)).stage).toBe(stage);
    }
  });

  it("is the service's word for who may not read how it came", () => {
    expect(reached(line(["0 hello"], 2, { stage: "visited" })).stage).toBe("visited");
    expect(reached(line([], 1, { stage: "agreed", course: null })).stage).toBe("agreed");
    expect(reached(line(["0 hello"], 1, { stage: "installed" })).stage).toBe("solicited");
  });
});

describe("what is next", () => {
  it.each<[string, readonly Said[], string]>([
    ["write_first", ["0 hello"], "await_first"],
    ["propose_meeting", both, "propose_meeting"],
    ["answer_meeting", [...both, "0 meeting_proposed"], "await_meeting"],
    ["await_meeting", [...both, "0 meeting_proposed", "1 meeting_proposed"], "answer_meeting"],
    ["note_meeting", [...both, "0 meeting_proposed", "1 meeting_confirmed"], "note_meeting"],
    ["answer_offer", [...both, "1 visited", "0 offer_proposed"], "await_offer"],
    ["make_offer", [...both, "1 visited", "0 offer_proposed", "1 offer_declined"], "make_offer"],
    ["declare_installation", [...both, "0 offer_proposed", "1 offer_accepted"], "declare_installation"],
    ["confirm_installation", [...both, "0 installed"], "await_installation"],
    ["rate", [...both, "0 installed", "1 installed"], "rate"],
    ["closed", [...both, "1 closed"], "closed"],
  ])("for the town is %s", (town, said, project) => {
    for (const [reader, next] of [
      [1, town],
      [0, project],
    ] as const) {
      const there = line(said, reader);
      expect(nextOf(there, reached(there))).toBe(next);
    }
  });

  it("is nothing that a third party says", () => {
    const there = line(["0 hello", "1 hello", "0 meeting_proposed", "2 hello"], 2);
    expect(nextOf(there, reached(there))).toBe("follow");
    expect(reached(there).meeting).toBe("first");
    expect(waitOf(there)).toStrictEqual({ side: "first", since: 2 * day, seen: null });
  });
});

describe("what was said", () => {
  it("counts meetings and visits once for both sides", () => {
    const found = reached(line([...both, "0 meeting_held", "1 meeting_held", "1 meeting_held", "0 visited"]));
    expect([found.meetings, found.visits]).toStrictEqual([2, 1]);
  });

  it("says who closed, when, and why", () => {
    const { closed } = reached(line([...both, "0 closed", "1 reopened", "1 closed"]));
    expect(closed).toStrictEqual({ by: "own", at: 5 * day, reason: "housing" });
  });

  it("does not grow with what one repeats", () => {
    const many = Array.from({ length: 500 }, (): Said => "0 meeting_held");
    expect(Object.keys(line(many).course?.marks ?? {})).toHaveLength(1);
  });
});

describe("what waits", () => {
  it("says for whom, since when, and whether it was seen", () => {
    expect(waitOf(line(["0 hello"], 0))).toStrictEqual({ side: "peer", since: day, seen: false });
    expect(waitOf(line(["0 hello"], 0, { seen: true }))?.seen).toBe(true);
    expect(waitOf(line(["0 hello"], 1))).toStrictEqual({ side: "own", since: day, seen: null });
    expect(waitOf(line([...both, "1 closed"], 1))).toBe(null);
  });

  it("stalls after a week", () => {
    const wait = waitOf(line(["0 hello"], 0));
    expect([isStalled(wait, 8 * day), isStalled(wait, 8 * day + 1), isStalled(null, 9 * day)]).toStrictEqual([
      false,
      true,
      false,
    ]);
  });
});

describe("what a side may say", () => {
  it.each<[readonly Step[], readonly Said[]]>([
    [["meeting_proposed", "meeting_held", "visited", "offer_proposed", "installed"], both],
    [
      ["meeting_confirmed", "offer_accepted", "offer_declined", "meeting_held", "visited", "installed"],
      [...both, "0 meeting_proposed", "0 offer_proposed"],
    ],
    [
      ["meeting_held", "visited"],
      [...both, "1 meeting_proposed", "1 offer_proposed", "1 installed"],
    ],
    [[], [...both, "1 closed"]],
  ])("is %j", (steps, said) => {
    expect(stepsFor(reached(line(said)))).toStrictEqual(steps);
  });
});
