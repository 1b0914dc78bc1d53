/** Cases of moderation over HTTP, for who takes part in a conversation (PROTOCOL.md section 9.1). */

import type { Answer, Base64, CasesList, CaseView, Id, ModerationKeyView, Report, ReportTaken } from "../wire/types.ts";
import type { Api } from "./api.ts";
import { hexOfId } from "./base64.ts";
import { base64, type Check, id, list, Malformed, orAbsent, parse, struct, text, whole } from "./checks.ts";

const said = struct({ at: whole, fr: text, en: text });
const caseView = struct({
  case: id,
  side: text,
  opened_at: whole,
  progress: text,
  thread: orAbsent(id),
  category: orAbsent(text),
  in_question: orAbsent(list(whole)),
  answer_until: orAbsent(whole),
  measure: orAbsent(text),
  ends_at: orAbsent(whole),
  appeal_until: orAbsent(whole),
  statements: orAbsent(list(said)),
  answered: orAbsent(whole),
  unmasked_at: orAbsent(whole),
  unmasked: orAbsent(whole),
});

/** The certificate of the newest. @throws ProblemError `not_found` while there is none, Unreachable */
export async function moderationKey(api: Api): Promise<Base64> {
  const found = await api.text("GET", "/v1/moderation/key");
  return decoded<ModerationKeyView>(struct({ certificate: base64 }), found).certificate;
}

/** Those of a mailbox, the newest first. @throws ProblemError, Unreachable */
export async function casesOf(api: Api, mailbox: Id): Promise<readonly CaseView[]> {
  const found = await api.text("GET", `/v1/mailboxes/${hexOfId(mailbox)}/cases`);
  return decoded<CasesList>(struct({ cases: list(caseView) }), found).cases;
}

/** @throws ProblemError `conflict` for a key that moderators have no more, `too_many`. */
export async function sendReport(api: Api, thread: Id, body: Report): Promise<ReportTaken> {
  const found = await api.text("POST", `/v1/threads/${hexOfId(thread)}/reports`, body);
  return decoded<ReportTaken>(struct({ case: id, at: whole }), found);
}

/** @throws ProblemError as `sendReport`; also `conflict` for a case that is over. */
export async function sendAnswer(api: Api, answered: Id, body: Answer, isAppeal: boolean): Promise<void> {
  await api.text("POST", `/v1/cases/${hexOfId(answered)}/${isAppeal ? "appeals" : "answers"}`, body);
}

/** @throws Malformed */
function decoded<T>(check: Check, body: string): T {
  const parsed = parse(body);
  if (!check(parsed)) {
    throw new Malformed("not an answer of this protocol");
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the check that stands beside the caller's type
  return parsed as T;
}
