/** The operations of the vectors on reports: the moderation key, statements, excerpts, unmasking, and the audit log. */

import { parseLeaf, verifyConsistency, verifyInclusion } from "../audit.ts";
import { same } from "../bytes.ts";
import { encodeExcerpt, type Excerpt, type ExcerptEntry, parseExcerpt } from "../excerpt.ts";
import { type Line, verifyExcerpt } from "../excerpt-verifier.ts";
import { KemKey } from "../kem.ts";
import { openCertificate, rootId } from "../moderation-key.ts";
import {
  bodyOf,
  type Envelope,
  openStatement,
  parseBody,
  type SignedStatement,
  type StatementKind,
} from "../report.ts";
import { openHead, originOf, type TreeHead, verifierKey } from "../tree-head.ts";
import { verifyUnmasking } from "../unmasking.ts";
import type { Input, Operation, Output } from "./case.ts";
import { eventOf } from "./operations-log.ts";

function kindOf(given: Input): StatementKind {
  const kind = given.text("kind");
  if (kind !== "report" && kind !== "answer") throw new TypeError(`no kind of statement: ${kind}`);
  return kind;
}

const envelopeOf = (given: Input): Envelope => ({
  kind: kindOf(given),
  subject: given.raw("subject"),
  thread: given.raw("thread"),
});

function saidBy(signed: SignedStatement): Output {
  const { party, epoch, category, text, first, last, head, openings } = signed.statement;
  return {
    party,
    epoch,
    category,
    text,
    first,
    last,
    head,
    openings: openings.map(({ seq, kEnc, kF }) => ({ seq, k_enc: kEnc, k_f: kF })),
    signature: signed.signature,
    body: bodyOf(signed),
  };
}

const entryOf = (given: Input): ExcerptEntry => ({ head: given.raw("head"), event: eventOf(given) });

const excerptOf = (given: Input): Excerpt => ({
  service: given.raw("service"),
  thread: given.raw("thread"),
  entries: given.inputs("entries").map(entryOf),
  head: given.raw("head"),
  events: given.inputs("events").map(eventOf),
  signed: parseBody(given.raw("body"), envelopeOf(given)),
});

const pinsOf = (given: Input): Parameters<typeof verifyExcerpt>[1] => ({
  service: given.raw("pinned_service"),
  stampPublic: given.raw("stamp_public"),
  ...(given.has("platform_key")
    ? { platform: { public: given.raw("platform_key"), audience: given.text("audience") } }
    : {}),
});

function shownLine({ seq, time, kind, party, state, content, messageKind = "", refusal = "" }: Line): Output {
  const said = content?.kind === "Text" ? content.text : (content?.label ?? refusal);
  return { seq, time, kind, party, state, message_kind: messageKind, shown: said };
}

const headOf = (given: Input, prefix = ""): TreeHead => ({
  origin: "",
  size: given.number(`${prefix}size`),
  root: given.raw(`${prefix}root`),
});

export const OPERATIONS_MODERATION: Readonly<Record<string, Operation>> = {
  open_certificate: async (given) => {
    const seen = given.has("seen_g") ? { position: given.number("seen_g"), head: given.raw<never>("seen_hash") } : null;
    const now = given.number("now");
    const key = await openCertificate(given.raw("certificate"), given.raw("root"), { now, seen });
    return { kem: key.kem, g: key.g, not_before: key.notBefore, not_after: key.notAfter };
  },

  moderation_root_id: (given) => ({ id: rootId(given.raw("root")) }),

  open_statement: async (given) => {
    const kem = await KemKey.fromSeed(given.raw("kem_seed"));
    return saidBy(await openStatement(given.raw("sealed"), envelopeOf(given), given.raw("service"), kem));
  },

  parse_excerpt: (given) => {
    const data = given.raw("excerpt");
    const { service, thread, entries, head, events, signed } = parseExcerpt(data);
    if (!same(encodeExcerpt({ service, thread, entries, head, events, signed }), data)) {
      throw new TypeError("an excerpt is encoded otherwise than it was read");
    }
    const { kind, subject } = signed.statement;
    const seqs = { entries: entries.map(({ event }) => event.seq), events: events.map(({ seq }) => seq) };
    return { service, thread, head, kind, subject, ...seqs };
  },

  show_excerpt: async (given) => {
    const { authorSignPk, lines, pseudonyms } = await verifyExcerpt(excerptOf(given), pinsOf(given));
    return { author: authorSignPk, lines: lines.map(shownLine), pseudonyms: pseudonyms.map(({ sign }) => sign) };
  },

  verify_unmasking: async (given) => {
    const pseudonym = { sign: given.raw<never>("pk_sign"), kem: given.raw<never>("pk_kem") };
    return { ...(await verifyUnmasking(given.raws("records"), given.raw("mailbox"), pseudonym, given.raw("own"))) };
  },

  parse_audit_leaf: (given) => ({ ...parseLeaf(given.raw("leaf")) }),

  open_tree_head: async (given) => {
    const { size, root } = await openHead(given.text("note"), given.text("origin"), given.raw("public"));
    return { size, root };
  },

  audit_key: (given) => {
    const origin = originOf(given.raw("service"));
    return { origin, key: verifierKey(origin, given.raw("public")) };
  },

  verify_inclusion: async (given) => {
    const found = await verifyInclusion(given.raw("leaf"), given.number("index"), given.raw("path"), headOf(given));
    return { time: found.time, kind: found.kind };
  },

  verify_consistency: async (given) => {
    await verifyConsistency(headOf(given), headOf(given, "later_"), given.raw("proof"));
    return {};
  },
};
