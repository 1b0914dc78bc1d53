/**
 * What a moderator does: sees the queue, takes a case, opens what was reported, asks, decides, and looks at appeals.
 *
 * Nothing of a case is shown before its audit leaf is proven to be in the log, and no line of a conversation that does not
 * verify (SPEC.md sections 10.4 and 10.6). What is opened are the very ciphertexts that the service stored.
 */

import { type AuditLeaf, isAbout, parseLeaf, verifyInclusion } from "../e2ee/audit.ts";
import {
  type Bytes,
  type Hash,
  hex,
  type Id as IdBytes,
  type KemPublic,
  same,
  type SignPublic,
} from "../e2ee/bytes.ts";
import { BadAudit, BadReport, E2EEError } from "../e2ee/errors.ts";
import { encodeExcerpt, type Excerpt } from "../e2ee/excerpt.ts";
import { verifyExcerpt } from "../e2ee/excerpt-verifier.ts";
import { BadPath, leafHash, rootFromPath } from "../e2ee/merkle.ts";
import { openStatement, type StatementKind } from "../e2ee/report.ts";
import type { LogEvent } from "../e2ee/thread-log.ts";
import { openHead, originOf, type TreeHead } from "../e2ee/tree-head.ts";
import { verifyUnmasking } from "../e2ee/unmasking.ts";
import type { AuditEntry, AuditProof, CaseFile, CaseStatement, Id, LogEntry } from "../wire/types.ts";
import type { Api } from "./api.ts";
import { fromBase64, hexOfId, toBase64 } from "./base64.ts";
import { decodeModeration } from "./decoding-moderation.ts";
import type { MailboxKeys } from "./keys.ts";
import type {
  CaseShown,
  LeafShown,
  LineShown,
  Moderated,
  ModeratorAct,
  ProvenStatement,
  PseudonymShown,
  StatementShown,
  TrailEntry,
} from "./moderation-views.ts";
import type { Trust } from "./trust.ts";

/** One seat of the moderators' mailbox. */
export interface Bench {
  readonly api: Pick<Api, "text">;
  readonly keys: Pick<MailboxKeys, "kemOf" | "seat">;
  readonly trust: Trust;
}

type Doing = {
  readonly [K in ModeratorAct["do"]]: (bench: Bench, act: ModeratorAct & { readonly do: K }) => Promise<Moderated>;
};

/** Does one act. @throws ProblemError, Unreachable; BadAudit, BadSignature, BadReport: then nothing is shown */
export async function moderate<K extends ModeratorAct["do"]>(
  bench: Bench,
  act: ModeratorAct & { readonly do: K },
): Promise<Moderated> {
  return doing[act.do](bench, act);
}

const doing: Doing = {
  queue: async ({ api, trust, keys }) => {
    const { audit, ...queue } = decodeModeration("Queue", await api.text("GET", "/v1/moderation/queue"));
    await leafOf(audit, trust, { kind: "queue", actor: keys.seat, case: null });
    return { queue };
  },
  claim: async (bench, act) => ({ claimed: decodeModeration("Claimed", await post(bench, act, "claim")) }),
  release: async (bench, act) => nothingFrom(post(bench, act, "release")),
  second: async (bench, act) => nothingFrom(post(bench, act, "second")),
  open: async (bench, act) => {
    const text = await bench.api.text("GET", `/v1/moderation/cases/${hexOfId(act.case)}`);
    return { opened: await opened(bench, act.case, decodeModeration("CaseFile", text)) };
  },
  hear: async (bench, act) => nothingFrom(post(bench, act, "hearing", { seqs: act.seqs })),
  letters: async (bench, act) => ({
    letters: decodeModeration("Letters", await post(bench, act, "letters", act.decision)),
  }),
  decide: async (bench, act) => decodeModeration("Decided", await post(bench, act, "decision", act.decision)),
  approve: async (bench, act) => {
    const word = { subject: act.subject, approve: act.approve };
    return decodeModeration("Decided", await post(bench, act, "approval", word));
  },
  review: async (bench, act) => nothingFrom(post(bench, act, "review", act.review)),
  unmask: async (bench, act) => {
    const { unmasking, party, reason } = act;
    return nothingFrom(post(bench, act, "unmaskings", { unmasking, party, reason }));
  },
  unmasked,
  export: async (bench, act) => {
    const { audit } = decodeModeration("Exported", await post(bench, act, "exports", { subject: act.subject }));
    const wanted = { kind: "exported", actor: bench.keys.seat, case: act.case };
    const leaf = await leafOf(audit, bench.trust, wanted);
    if (!isAbout(leaf, fromBase64(act.subject))) {
      throw new BadAudit("the leaf is that of another export");
    }
    return {};
  },
  trail: async ({ api, trust, keys }, act) => {
    const asked = { before: act.before, export: act.export };
    const found = decodeModeration("AuditTrail", await api.text("POST", "/v1/moderation/audit", asked));
    const kind = act.export ? "exported" : "trail";
    await leafOf(found.audit, trust, { kind, actor: keys.seat, case: null });
    const head = await pinnedHead(found.audit.checkpoint, trust);
    checkWhole(found.entries, Math.min(act.before ?? head.size, head.size));
    const entries = found.entries.map((entry) => entryOf(entry, head));
    return { trail: { entries, checkpoint: found.audit.checkpoint } };
  },
};

async function post({ api }: Bench, { case: id }: { readonly case: Id }, act: string, body?: unknown): Promise<string> {
  return api.text("POST", `/v1/moderation/cases/${hexOfId(id)}/${act}`, body);
}

async function nothingFrom(work: Promise<unknown>): Promise<Moderated> {
  await work;
  return {};
}

async function opened(bench: Bench, id: Id, { statements, audit, ...file }: CaseFile): Promise<CaseShown> {
  const leaf = await leafOf(audit, bench.trust, { kind: "read", actor: bench.keys.seat, case: id });
  if (file.case !== id) {
    throw new BadAudit("another case than the one that was asked for");
  }
  const shown: StatementShown[] = [];
  for (const [n, said] of statements.entries()) {
    shown.push(await statementOf(bench, await whole(bench, id, n, said), file.thread));
  }
  return { ...file, statements: shown, leaf: shownLeaf(leaf, audit.position) };
}

/** A statement with all that proves it, however many answers that takes. @throws ProblemError, BadAudit */
async function whole(bench: Bench, id: Id, statement: number, said: CaseStatement): Promise<CaseStatement> {
  const entries = [...said.entries];
  const events = [...said.events];
  let { more } = said;
  while (more) {
    const after = events.at(-1)?.seq ?? entries.at(-1)?.event.seq ?? 0;
    const text = await post(bench, { case: id }, "excerpts", { statement, after });
    const found = decodeModeration("CaseExcerpt", text);
    const leaf = await leafOf(found.audit, bench.trust, { kind: "released", actor: bench.keys.seat, case: id });
    if (!isAbout(leaf, fromBase64(said.subject))) {
      throw new BadAudit("the leaf is that of another statement");
    }
    entries.push(...found.entries);
    events.push(...found.events);
    more = found.more && found.entries.length + found.events.length > 0;
  }
  return { ...said, entries, events, more: false };
}

/** A report or an answer with what it proves, or why nothing of it is shown. */
async function statementOf(bench: Bench, said: CaseStatement, thread: Id | null): Promise<StatementShown> {
  const { kind, subject, side, party, at } = said;
  const meta = { kind, subject, side, party, at, isAppeal: said.is_appeal };
  try {
    return { ...meta, proven: await provenBy(bench, said, thread), refusal: null };
  } catch (error) {
    if (!(error instanceof E2EEError)) {
      throw error;
    }
    return { ...meta, proven: null, refusal: { rule: error.name, why: error.message } };
  }
}

async function provenBy({ keys, trust }: Bench, said: CaseStatement, thread: Id | null): Promise<ProvenStatement> {
  const excerpt = await excerptOf(keys, trust, said, thread);
  const platform =
    trust.platformKey === null
      ? null
      : { public: fromBase64<SignPublic>(trust.platformKey), audience: trust.attestationAudience };
  const pins = { service: fromBase64<IdBytes>(trust.service), stampPublic: fromBase64<SignPublic>(trust.stampKey) };
  const { statement, lines, pseudonyms } = await verifyExcerpt(excerpt, { ...pins, platform });
  if (statement.party !== said.party) {
    throw new BadReport("the service calls another party its author than the one who signed");
  }
  return {
    category: statement.category,
    words: statement.text,
    lines: lines.map(({ seq, time, kind, party, state, content, refusal }): LineShown => ({
      seq,
      at: time,
      kind,
      party,
      state,
      refusal: refusal ?? null,
      text: content?.kind === "Text" ? content.text : null,
    })),
    pseudonyms: pseudonyms.map(({ sign, kem }) => ({ sign: toBase64(sign), kem: toBase64(kem) })),
    excerpt: toBase64(encodeExcerpt(excerpt)),
  };
}

/** Opens a statement and puts it beside what the service stored. @throws BadSeal, BadEncoding, BadReport */
async function excerptOf(keys: Bench["keys"], trust: Trust, said: CaseStatement, of: Id | null): Promise<Excerpt> {
  if (of === null) {
    throw new BadReport("a statement without a conversation");
  }
  const service = fromBase64<IdBytes>(trust.service);
  const thread = fromBase64<IdBytes>(of);
  const envelope = { kind: kindOf(said.kind), subject: fromBase64<IdBytes>(said.subject), thread };
  const kem = await keys.kemOf(fromBase64(said.key));
  const signed = await openStatement(fromBase64(said.sealed), envelope, service, kem);
  const entries = said.entries.map(({ head, event }) => ({ head: fromBase64<Hash>(head), event: eventOf(event) }));
  return { service, thread, entries, head: fromBase64<Hash>(said.head), events: said.events.map(eventOf), signed };
}

function kindOf(kind: string): StatementKind {
  if (kind !== "report" && kind !== "answer") {
    throw new BadReport("neither a report nor an answer");
  }
  return kind;
}

function eventOf({ seq, at, kind, party, payload, proof }: LogEntry): LogEvent {
  return { seq, time: at, kind, party, payload: fromBase64(payload), proof: fromBase64(proof) };
}

/** Which mailbox it is: it signed itself for the pseudonym that a statement of the case shows. */
async function unmasked(
  { api, trust, keys }: Bench,
  { unmasking, pseudonyms }: ModeratorAct & { do: "unmasked" },
): Promise<Moderated> {
  const text = await api.text("GET", `/v1/moderation/unmaskings/${hexOfId(unmasking)}`);
  const found = decodeModeration("Unmasked", text);
  const leaf = await leafOf(found.audit, trust, { kind: "unmasked", actor: keys.seat, case: undefined });
  if (!isAbout(leaf, fromBase64(unmasking))) {
    throw new BadAudit("the leaf is that of another unmasking");
  }
  const isShown = ({ sign, kem }: PseudonymShown): boolean => sign === found.pk_sign && kem === found.pk_kem;
  if (!pseudonyms.some(isShown)) {
    throw new BadReport("the pseudonym is not the party's in the conversation that was reported");
  }
  const mailbox = fromBase64<IdBytes>(found.mailbox);
  const pseudonym = { sign: fromBase64<SignPublic>(found.pk_sign), kem: fromBase64<KemPublic>(found.pk_kem) };
  const records = found.roster.map((record) => fromBase64(record));
  await verifyUnmasking(records, mailbox, pseudonym, fromBase64(found.own));
  return { unmasked: { mailbox: hex(mailbox) } };
}

/** What the audit log must say of what was asked; a case that is null is none, and one that is undefined any. */
interface Wanted {
  readonly kind: string;
  readonly actor: Id;
  readonly case: Id | null | undefined;
}

/** The leaf, once it is proven to stand in the log that the service signs. @throws BadAudit, BadSignature, BadEncoding */
async function leafOf(proof: AuditProof, trust: Trust, wanted: Wanted): Promise<AuditLeaf> {
  const head = await pinnedHead(proof.checkpoint, trust);
  const leaf = await verifyInclusion(fromBase64(proof.leaf), proof.position, fromBase64(proof.path), head);
  const of: Bytes = wanted.case ? fromBase64(wanted.case) : new Uint8Array();
  const isOther = wanted.case !== undefined && !same(leaf.case, of);
  if (leaf.kind !== wanted.kind || !same(leaf.actor, fromBase64(wanted.actor)) || isOther) {
    throw new BadAudit("the leaf is not that of what was asked for");
  }
  return leaf;
}

async function pinnedHead(checkpoint: string, { auditKey, service }: Trust): Promise<TreeHead> {
  if (auditKey === null) {
    throw new BadAudit("no key of the audit log is pinned here");
  }
  return openHead(checkpoint, originOf(fromBase64<IdBytes>(service)), fromBase64(auditKey));
}

/** Nothing is left out between the entries, nor before `end`. @throws BadAudit */
function checkWhole(entries: readonly AuditEntry[], end: number): void {
  const isWhole = entries.every(({ position }, at) => position === end - 1 - at);
  if (!isWhole || (entries.length === 0 && end > 0)) {
    throw new BadAudit("entries of the log are left out");
  }
}

/** @throws BadAudit, BadEncoding, unless the entry stands in the log */
function entryOf({ position, hash, path, leaf }: AuditEntry, head: TreeHead): TrailEntry {
  const hashed = fromBase64<Hash>(hash);
  const data = leaf === null ? null : fromBase64(leaf);
  const root = rootOf(hashed, position, head.size, fromBase64(path));
  if (!same(root, head.root) || (data !== null && !same(leafHash(data), hashed))) {
    throw new BadAudit("the entry is not in the log that was signed");
  }
  return {
    position,
    hash: hex(hashed),
    shown: data === null ? null : shownLeaf(parseLeaf(data), position),
    leaf: data === null ? null : hex(data),
    path: hex(fromBase64(path)),
  };
}

function rootOf(hashed: Hash, position: number, size: number, path: Bytes): Bytes {
  try {
    return rootFromPath(hashed, position, size, path);
  } catch (cause) {
    throw cause instanceof BadPath ? new BadAudit(`the entry is not proven: ${cause.message}`, { cause }) : cause;
  }
}

function shownLeaf(leaf: AuditLeaf, position: number): LeafShown {
  return {
    position,
    at: leaf.time,
    kind: leaf.kind,
    actor: hex(leaf.actor),
    second: hex(leaf.second),
    case: hex(leaf.case),
    about: hex(leaf.about),
    detail: wordIn(leaf.detail),
  };
}

/** A word of the protocol as it is (of a decision, before the hash), any other detail in hex. */
function wordIn(detail: Bytes): string {
  const word = /^[a-z_]+(?=:|$)/u.exec(String.fromCodePoint(...detail))?.[0];
  return word ?? hex(detail);
}
