/** What moderators are answered with, checked as everything else (`decoding`); a page without a console does not load it. */

import type {
  AuditTrail,
  CaseExcerpt,
  CaseFile,
  Claimed,
  Decided,
  Exported,
  Letters,
  Queue,
  Unmasked,
} from "../wire/types.ts";
import {
  base64,
  type Check,
  entryFields,
  flag,
  hash,
  id,
  list,
  Malformed,
  orAbsent,
  orNull,
  parse,
  presentation,
  struct,
  text,
  whole,
} from "./checks.ts";

interface Bodies {
  readonly Queue: Queue;
  readonly CaseFile: CaseFile;
  readonly CaseExcerpt: CaseExcerpt;
  readonly Claimed: Claimed;
  readonly Decided: Decided;
  readonly Letters: Letters;
  readonly Unmasked: Unmasked;
  readonly Exported: Exported;
  readonly AuditTrail: AuditTrail;
}

const both = struct({ fr: text, en: text });
const told = struct({ at: whole, fr: text, en: text });
const audit = struct({ position: whole, leaf: base64, path: base64, checkpoint: text });
const event = struct(entryFields);
const entry = struct({ head: hash, event });
const queued = struct({
  case: id,
  state: text,
  origin: text,
  category: text,
  opened_at: whole,
  points: Number.isSafeInteger,
  reasons: list(text),
  reports: whole,
  related: whole,
  mine: orAbsent(flag),
  held_until: orAbsent(whole),
  due_at: orAbsent(whole),
  wants_second: orAbsent(flag),
  abusive_reporter: orAbsent(flag),
  flag: orAbsent(text),
  measured: orAbsent(whole),
});
const statement = struct({
  kind: text,
  subject: id,
  side: text,
  party: whole,
  at: whole,
  category: orNull(text),
  key: hash,
  sealed: base64,
  first: whole,
  last: whole,
  entries: list(entry),
  head: hash,
  events: list(event),
  is_appeal: flag,
  more: orAbsent(flag),
});
const decision = struct({
  decision: id,
  measure: text,
  state: text,
  at: whole,
  ends_at: orNull(whole),
  ground: text,
  rule: both,
  facts: both,
  seqs: list(whole),
  is_mine: flag,
});
const party = struct({
  party: whole,
  presentation,
  is_accused: flag,
  opened: whole,
  reported: whole,
  measures: whole,
  reports_made: whole,
  reports_founded: whole,
  reports_abusive: whole,
});

const bodies: { readonly [K in keyof Bodies]: Check } = {
  Queue: struct({
    cases: list(queued),
    workload: struct({
      waiting: whole,
      decided: whole,
      median_minutes_to_decision: orNull(whole),
      appealed: whole,
      overturned: whole,
    }),
    facts: list(struct({ category: text, text: both })),
    audit,
  }),
  CaseFile: struct({
    case: id,
    state: text,
    origin: text,
    category: text,
    opened_at: whole,
    held_until: orNull(whole),
    due_at: orNull(whole),
    thread: orNull(id),
    accused_party: orNull(whole),
    flag: orNull(text),
    measured: orNull(whole),
    statements: list(statement),
    notices: list(struct({ at: whole, text })),
    decisions: list(decision),
    unmaskings: list(struct({ unmasking: id, party: whole, state: text, at: whole, reason: text, is_mine: flag })),
    parties: list(party),
    told: list(told),
    related: list(id),
    audit,
  }),
  CaseExcerpt: struct({ entries: list(entry), events: list(event), more: flag, audit }),
  Claimed: struct({ cases: list(id), until: whole }),
  Decided: struct({ state: text }),
  Letters: struct({ accused: both, reporter: both }),
  Unmasked: struct({ mailbox: id, pk_sign: base64, pk_kem: base64, own: base64, roster: list(base64), audit }),
  Exported: struct({ audit }),
  AuditTrail: struct({
    entries: list(struct({ position: whole, hash, path: base64, leaf: orNull(base64) })),
    audit,
  }),
};

/** @throws Malformed */
export function decodeModeration<K extends keyof Bodies>(name: K, body: string): Bodies[K] {
  const parsed = parse(body);
  if (!isBody(name, parsed)) {
    throw new Malformed(`not a ${name} of this protocol`);
  }
  return parsed;
}

function isBody<K extends keyof Bodies>(name: K, value: unknown): value is Bodies[K] {
  return bodies[name](value);
}
