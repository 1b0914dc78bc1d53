import { afterEach, describe, expect, it, vi } from "vitest";
import { Listeners } from "./listeners.ts";
import { type Action, ActionFailed, nothing, type Outcome, type Picture, type Stage } from "./office.ts";
import { type Leading, TabOffice } from "./tabs.ts";
import type { Notice } from "./views.ts";

const search = (searched: string): Action => ({ type: "search", threads: [], searched });

/** Opens when it is told to; writes down what it is asked for, and does it unless it is `stuck`. */
class ScriptedLeader implements Leading {
  picture: Picture = nothing;
  leads = false;
  readonly asked: string[] = [];
  readonly #pictures = new Listeners<Picture>();
  readonly #opening = Promise.withResolvers<null>();
  readonly #stuck = new Set<PromiseWithResolvers<Outcome>>();
  readonly #isStuck: boolean;

  constructor(isStuck: boolean) {
    this.#isStuck = isStuck;
  }

  readonly onPicture = (listener: (picture: Picture) => void): (() => void) => this.#pictures.add(listener);
  readonly onNotice = (listener: (notice: Notice) => void): (() => void) => new Listeners<Notice>().add(listener);
  readonly takeUp = (): void => undefined;
  readonly opens = (): void => this.#opening.resolve(null);

  readonly shows = (stage: Stage): void => this.draws({ ...nothing, stage });

  readonly draws = (picture: Picture): void => {
    this.picture = picture;
    this.#pictures.tell(picture);
  };

  async open(): Promise<void> {
    this.leads = true;
    await this.#opening.promise;
  }

  async act(action: Action): Promise<Outcome> {
    if (action.type !== "codeKept") {
      await this.#opening.promise;
    }
    this.asked.push(action.type === "search" ? action.searched : action.type);
    if (!this.#isStuck) {
      return null;
    }
    const ending = Promise.withResolvers<Outcome>();
    this.#stuck.add(ending);
    return ending.promise;
  }

  /** Does what it is stuck with. */
  readonly ends = (): void => {
    for (const { resolve } of this.#stuck) {
      resolve(null);
    }
  };

  abandon(): void {
    for (const { reject } of this.#stuck) {
      reject(new ActionFailed("Ended", null));
    }
  }
}

interface Opened {
  readonly office: TabOffice;
  readonly leader: ScriptedLeader;
}

describe("tabs of one account", () => {
  const tabs: Opened[] = [];
  let names = 0;

  function tab(name: string, { stuck = false } = {}): Opened {
    const leader = new ScriptedLeader(stuck);
    const opened = { leader, office: new TabOffice(name, () => leader) };
    tabs.push(opened);
    return opened;
  }

  /** One that leads and answers nothing, and two beside it, in the order in which they will lead. */
  async function three(): Promise<readonly [Opened, Opened, Opened]> {
    names += 1;
    const name = `tabs-${names}`;
    const first = tab(name, { stuck: true });
    await vi.waitUntil(() => first.leader.leads);
    first.leader.opens();
    return [first, tab(name), tab(name)];
  }

  /** The first goes away while it does what it was asked for, and the second begins to lead. */
  async function goesAway(first: Opened, second: Opened): Promise<void> {
    await vi.waitUntil(() => first.leader.asked.length > 0);
    first.office.leave();
    await vi.waitUntil(() => second.leader.leads);
  }

  afterEach(() => {
    for (const { office } of tabs.splice(0).toReversed()) {
      office.leave();
    }
  });

  it("keep the order of what one asked for before it led, and while it began to", async () => {
    const [first, second] = await three();
    const before = second.office.act(search("before"));
    await goesAway(first, second);
    const meanwhile = second.office.act(search("meanwhile"));
    second.leader.opens();
    await Promise.all([before, meanwhile]);
    expect(second.leader.asked).toEqual(["before", "meanwhile"]);
  });

  it("keep the order of what another one asked for, and do it once", async () => {
    const [first, second, third] = await three();
    const before = third.office.act(search("before"));
    await goesAway(first, second);
    const meanwhile = third.office.act(search("meanwhile"));
    // Goes the same way after that one, and is done at once: opening may wait for it.
    await third.office.act({ type: "codeKept" });
    second.leader.opens();
    await Promise.all([before, meanwhile]);
    expect(second.leader.asked).toEqual(["codeKept", "before", "meanwhile"]);
  });

  it("have done once what one asked for, was away, and asked for again", async () => {
    const [first, second] = await three();
    const asked = second.office.act(search("asked"));
    await vi.waitUntil(() => first.leader.asked.length > 0);
    second.office.leave();
    second.office.join();
    // Arrives after what was asked for again.
    const next = second.office.act(search("next"));
    await vi.waitUntil(() => first.leader.asked.includes("next"));
    first.leader.ends();
    await Promise.all([asked, next]);
    expect(first.leader.asked).toEqual(["asked", "next"]);
  });

  it("are told of what ended while they were away", async () => {
    const [first, second, third] = await three();
    const asked = second.office.act(search("asked"));
    const beside = third.office.act(search("beside"));
    await vi.waitUntil(() => first.leader.asked.length === 2);
    second.office.leave();
    first.leader.ends();
    await beside;
    second.office.join();
    await asked;
    expect(first.leader.asked).toEqual(["asked", "beside"]);
  });

  it("have an account that could not be opened, or ended, opened anew when one comes, once each time", async () => {
    names += 1;
    const [first, second, third] = [tab(`tabs-${names}`), tab(`tabs-${names}`), tab(`tabs-${names}`)];
    const ended: Stage = { name: "ended", reason: "Unreachable", code: null };
    first.leader.opens();
    await Promise.all([second, third].map(async ({ office }) => office.act(search("known"))));
    first.leader.shows(ended);
    await vi.waitUntil(() => third.office.picture.stage.name === "ended");
    expect(second.leader.leads).toBe(false);
    const fourth = tab(`tabs-${names}`);
    await vi.waitUntil(() => second.leader.leads);
    // It does not get better there: nobody tries it again before somebody comes.
    second.leader.opens();
    second.leader.shows(ended);
    await vi.waitUntil(() => fourth.office.picture.stage.name === "ended");
    expect(third.leader.leads).toBe(false);
    tab(`tabs-${names}`);
    await vi.waitUntil(() => third.leader.leads);
    third.leader.opens();
    third.leader.shows({ name: "open" });
    await vi.waitUntil(() => tabs.every(({ office }) => office.picture.stage.name === "open"));
    // One that stood down waits for its turn like any other.
    third.office.leave();
    await vi.waitUntil(() => fourth.leader.leads);
  });

  it("fill in what a leader of an older version does not draw", async () => {
    const [older, { office }] = await three();
    const view = { id: "thread", party: 0 };
    const picture: object = { ...nothing, mailboxes: [{ id: "mailbox" }], opened: { thread: view } };
    older.leader.draws(picture as Picture);
    await vi.waitUntil(() => office.picture.mailboxes.length > 0);
    expect(office.picture.mailboxes).toEqual([{ id: "mailbox", refused: [] }]);
    expect(office.picture.opened).toEqual({ thread: { ...view, refused: [] } });
  });

  it("do again what one was asked for before it led, and left undone", async () => {
    names += 1;
    const [left, next] = [tab(`tabs-${names}`, { stuck: true }), tab(`tabs-${names}`)];
    const asked = left.office.act(search("asked"));
    left.leader.opens();
    await goesAway(left, next);
    next.leader.opens();
    left.office.join();
    await asked;
    expect(next.leader.asked).toEqual(["asked"]);
  });
});
