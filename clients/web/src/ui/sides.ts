/** What a third party is told of who did what: for it neither side is « the other one ». */

import type { ThreadLine, ThreadView } from "../core/office.ts";
import type { Item } from "../core/views.ts";
import type { Catalogue } from "./catalogue.fr.ts";

/** Who stands in the list and at the head of a conversation, as the platform shows them. */
export function titleOf({ peer, recipient }: Pick<ThreadLine, "peer" | "recipient">, { inbox }: Catalogue): string {
  return recipient === null ? peer.group : inbox.between(peer.group, recipient.group);
}

type Told = {
  readonly [K in Item["type"]]?: (item: Item & { readonly type: K }, who: string, text: Catalogue) => string;
};

const told: Told = {
  asked: (_item, who, { asThird }) => asThird.asked(who),
  closed: (_item, who, { asThird }) => asThird.closed(who),
  reopened: (_item, who, { asThird }) => asThird.reopened(who),
  reset: (_item, who, { asThird }) => asThird.reset(who),
  invited: ({ presented }, who, { asThird }) => asThird.invited(who, presented.group),
  step: ({ step }, who, { asThird, thread }) =>
    asThird.step(who, step === null ? thread.unknownStep : thread.steps[step]),
  released: (_item, _who, { asThird }) => asThird.released,
};

/** An item for a third party; null where it is told as to everybody. */
export function lineForThird<K extends Item["type"]>(
  item: Item & { readonly type: K },
  { sides }: ThreadView,
  text: Catalogue,
): string | null {
  const side = sides !== null && "party" in item ? sides[item.party] : undefined;
  return sides === null ? null : (told[item.type]?.(item, side?.group ?? text.thread.third, text) ?? null);
}
