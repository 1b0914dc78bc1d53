import { describe, expect, it } from "vitest";
import { branded, type Bytes, concat, type Hash, type Id as IdBytes, type Secret } from "../e2ee/bytes.ts";
import { asciiWord, frame, u64, utf8 } from "../e2ee/encoding.ts";
import { BadSeal } from "../e2ee/errors.ts";
import { leafHash } from "../e2ee/merkle.ts";
import { SigningKey } from "../e2ee/signing.ts";
import { sha256 } from "../e2ee/suite.ts";
import { merkleTree } from "../e2ee/testing/merkle.ts";
import { originOf } from "../e2ee/tree-head.ts";
import type { AuditTrail, Base64, Id } from "../wire/types.ts";
import { toBase64 } from "./base64.ts";
import { type Bench, moderate } from "./moderating.ts";

const id = (byte: number): IdBytes => branded<IdBytes>(new Uint8Array(16).fill(byte));
const service = id(1);
const seat = id(2);
const empty: Bytes = new Uint8Array();

const leaf = (kind: string, actor: Bytes, of: Bytes = empty, about: Bytes = empty): Bytes =>
  frame("pli1/audit-leaf", u64(0), asciiWord(kind), actor, empty, of, about, empty);

/** The log with these leaves, signed; its last one is the look's own. */
async function trailOf(leaves: readonly Bytes[], key: SigningKey): Promise<AuditTrail> {
  const hashes: readonly Hash[] = leaves.map(leafHash);
  const { root, paths } = merkleTree(hashes);
  const origin = originOf(service);
  const text = `${origin}\n${leaves.length}\n${toBase64(root)}\n`;
  const keyId = sha256(concat(utf8(origin), Uint8Array.of(0x0a, 0x01), key.public)).slice(0, 4);
  const note = `${text}\n— ${origin} ${toBase64(concat(keyId, await key.sign(utf8(text))))}\n`;
  const entries = leaves.map((data, position) => ({
    position,
    hash: toBase64<32>(leafHash(data)),
    path: toBase64(paths[position] ?? empty),
    leaf: toBase64(data),
  }));
  const own = {
    position: leaves.length - 1,
    leaf: toBase64(leaves.at(-1) ?? empty),
    path: toBase64(paths.at(-1) ?? empty),
  };
  return { entries: entries.toReversed(), audit: { ...own, checkpoint: note } };
}

const key = await SigningKey.fromSeed(branded<Secret>(new Uint8Array(32).fill(7)));

function benchOf(answer: unknown, auditKey: Base64<32> | null = toBase64<32>(key.public)): Bench {
  return {
    api: { text: async () => Promise.resolve(JSON.stringify(answer)) },
    keys: {
      seat: toBase64<16>(seat),
      kemOf: async () => Promise.reject(new BadSeal("no key")),
    },
    trust: {
      service: toBase64<16>(service),
      stampKey: toBase64<32>(key.public),
      platformKey: null,
      attestationAudience: "",
      moderationRoot: null,
      auditKey,
    },
  };
}

const trail = async (answer: AuditTrail, auditKey?: Base64<32> | null): Promise<readonly (string | undefined)[]> => {
  const given = await moderate(benchOf(answer, auditKey), { do: "trail", before: null, export: false });
  return (given.trail?.entries ?? []).map((entry) => entry.shown?.kind);
};

const leaves = [leaf("opened", empty, id(3)), leaf("claimed", id(4), id(3)), leaf("queue", seat), leaf("trail", seat)];
const whole = await trailOf(leaves, key);

describe("the audit log on its way to a moderator", () => {
  it("is shown whole, and where a leaf is withheld its hash proves it", async () => {
    expect(await trail(whole)).toEqual(["trail", "queue", "claimed", "opened"]);
    const withheld = whole.entries.map((entry) => ({ ...entry, leaf: entry.position < 2 ? null : entry.leaf }));
    expect(await trail({ ...whole, entries: withheld })).toEqual(["trail", "queue", undefined, undefined]);
  });

  it.each<readonly [string, (made: AuditTrail) => AuditTrail]>([
    ["left out", (made) => ({ ...made, entries: made.entries.filter(({ position }) => position !== 1) })],
    ["cut at its newest", (made) => ({ ...made, entries: made.entries.slice(1) })],
    ["empty", (made) => ({ ...made, entries: [] })],
    ["reordered", (made) => ({ ...made, entries: made.entries.toReversed() })],
    [
      "with another leaf",
      (made) => ({ ...made, entries: made.entries.map((each) => ({ ...each, leaf: toBase64(leaf("read", seat)) })) }),
    ],
    [
      "with another hash",
      (made) => ({
        ...made,
        entries: made.entries.map((each) => ({ ...each, hash: toBase64<32>(new Uint8Array(32)) })),
      }),
    ],
    ["without a path", (made) => ({ ...made, entries: made.entries.map((each) => ({ ...each, path: "" as Base64 })) })],
  ])("is refused %s", async (_, change) => {
    await expect(trail(change(whole))).rejects.toThrow(expect.objectContaining({ name: "BadAudit" }));
  });

  it("is refused from another log, under another key, without a pinned one, and for somebody else's look", async () => {
    const other = await SigningKey.fromSeed(branded<Secret>(new Uint8Array(32).fill(8)));
    await expect(trail(await trailOf(leaves, other))).rejects.toThrow(
      expect.objectContaining({ name: "BadSignature" }),
    );
    await expect(trail(whole, null)).rejects.toThrow(expect.objectContaining({ name: "BadAudit" }));
    for (const own of [leaf("trail", id(9)), leaf("queue", seat), leaf("trail", seat, id(3))]) {
      const lying = await trailOf([...leaves.slice(0, 3), own], key);
      await expect(trail(lying)).rejects.toThrow(expect.objectContaining({ name: "BadAudit" }));
    }
  });
});

const read = async (own: Bytes): Promise<object> => ({ audit: (await trailOf([...leaves, own], key)).audit });

describe("an export", () => {
  const subject = id(7);
  const asked = { do: "export", case: toBase64<16>(id(3)), subject: toBase64<16>(subject) } as const;

  it("is let go once its leaf names what leaves, before what is random", async () => {
    const own = leaf("exported", seat, id(3), concat(subject, id(8)));
    expect(await moderate(benchOf(await read(own)), asked)).toEqual({});
  });

  it.each([
    ["of something else", concat(id(6), id(8))],
    ["of nothing", id(8)],
    ["that hides nothing", subject],
    ["that says less", subject.subarray(0, 8)],
  ])("is refused with a leaf %s", async (_, about) => {
    const lying = moderate(benchOf(await read(leaf("exported", seat, id(3), about))), asked);
    await expect(lying).rejects.toThrow(expect.objectContaining({ name: "BadAudit" }));
  });
});

describe("a case", () => {
  const of = toBase64<16>(id(3));
  const file = {
    case: of,
    state: "claimed",
    origin: "report",
    category: "other",
    opened_at: 0,
    held_until: null,
    due_at: null,
    thread: toBase64<16>(id(5)),
    accused_party: 0,
    flag: null,
    measured: null,
    statements: [],
    notices: [],
    decisions: [],
    unmaskings: [],
    parties: [],
    told: [],
    related: [],
  };
  const open = async (answer: unknown): Promise<unknown> => moderate(benchOf(answer), { do: "open", case: of });

  it("is opened once its own reading is proven to be in the log", async () => {
    const answer = { ...file, ...(await read(leaf("read", seat, id(3)))) };
    expect(await open(answer)).toMatchObject({ opened: { leaf: { position: 4, kind: "read" } } });
  });

  it.each([
    ["of another case", leaf("read", seat, id(6))],
    ["of another moderator", leaf("read", id(9), id(3))],
    ["of another act", leaf("claimed", seat, id(3))],
  ])("is refused with a leaf %s", async (_, own) => {
    await expect(open({ ...file, ...(await read(own)) })).rejects.toThrow(
      expect.objectContaining({ name: "BadAudit" }),
    );
  });

  it("is refused where another one is shown under its leaf", async () => {
    const answer = { ...file, case: toBase64<16>(id(6)), ...(await read(leaf("read", seat, id(3)))) };
    await expect(open(answer)).rejects.toThrow(expect.objectContaining({ name: "BadAudit" }));
  });

  const said = {
    kind: "report",
    subject: toBase64<16>(id(7)) as Id,
    side: "reporter",
    party: 1,
    at: 0,
    category: "other",
    key: toBase64<32>(new Uint8Array(32)),
    sealed: "",
    first: 1,
    last: 2,
    entries: [],
    head: toBase64<32>(new Uint8Array(32)),
    events: [],
    is_appeal: false,
  };

  it("says why a statement that does not open is not shown", async () => {
    const answer = { ...file, statements: [said], ...(await read(leaf("read", seat, id(3)))) };
    expect(await open(answer)).toMatchObject({
      opened: { statements: [{ proven: null, refusal: { rule: "BadSeal", why: "no key" } }] },
    });
  });

  const event = { seq: 1, at: 0, kind: "epoch", party: 0, payload: "", proof: "" };
  const more = { entries: [{ head: said.head, event }], events: [], more: true };
  const rest = { entries: [], events: [{ ...event, seq: 2 }], more: false };

  /** What is asked for until the statement is whole; `about` is the subject in the leaves of what follows. */
  async function asked(about: Bytes): Promise<readonly unknown[]> {
    const opened = { ...file, statements: [{ ...said, more: true }], ...(await read(leaf("read", seat, id(3)))) };
    const given = await read(leaf("released", seat, id(3), concat(about, id(8))));
    const answers: unknown[] = [opened, { ...more, ...given }, { ...rest, ...given }];
    const bodies: unknown[] = [];
    const bench = benchOf(null);
    const text = async (_: string, path: string, body?: unknown): Promise<string> => {
      bodies.push([path.split("/").at(-1), body]);
      return Promise.resolve(JSON.stringify(answers.shift()));
    };
    await moderate({ ...bench, api: { text } }, { do: "open", case: of });
    return bodies.slice(1);
  }

  it("fetches what does not fit into one answer, each time under a leaf of its own", async () => {
    expect(await asked(id(7))).toEqual([
      ["excerpts", { statement: 0, after: 0 }],
      ["excerpts", { statement: 0, after: 1 }],
    ]);
    await expect(asked(id(6))).rejects.toThrow(expect.objectContaining({ name: "BadAudit" }));
  });
});
