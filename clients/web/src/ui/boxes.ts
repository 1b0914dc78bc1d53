/** What to call the mailboxes of one person: by their kind, and counted where two are of one kind. Pli knows no name. */

import type { Id, MailboxView } from "../core/office.ts";

type Named = Pick<MailboxView, "id" | "kind">;

export function boxNames(mailboxes: readonly Named[], kinds: Readonly<Record<string, string>>): Map<Id, string> {
  const names = new Map<Id, string>();
  for (const { id, kind } of mailboxes) {
    const alike = mailboxes.filter((each) => each.kind === kind);
    const name = kinds[kind] ?? kind;
    const shown = name.slice(0, 1).toLocaleUpperCase() + name.slice(1);
    names.set(id, alike.length === 1 ? shown : `${shown} ${alike.findIndex((each) => each.id === id) + 1}`);
  }
  return names;
}
