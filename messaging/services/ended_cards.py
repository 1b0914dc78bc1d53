"""Cards whose consent ends without their person's own withdrawal: a seat removed, an account erased, a side begun anew.

The escrow is destroyed, the register says why, and the relation events tell that a consent ended.
"""

from collections.abc import Callable, Sequence

from msgspec import structs

from messaging.domain import consent as rules
from messaging.domain.consent import Card, CardAction
from messaging.e2ee.encoding import frame
from messaging.ports import RegisterRow, ThreadRow, Transaction
from messaging.relations import facts

Reason = Callable[[Card], tuple[bytes, bytes]]
"""Statement and signature for the register's line; without a signature it is the service's word."""


async def end_cards(
    tx: Transaction, row: ThreadRow, ended: Sequence[Card], action: CardAction, reason: Reason, now: int
) -> ThreadRow:
    """Ends the consents to these cards of one thread, whose row is locked; returns it as it then stands."""
    for card in ended:
        await tx.consents.set_state(row.thread, [card.card], rules.advance(card.state, action))
        await tx.consents.take_escrow(row.thread, [card.card])
        statement, signature = reason(card)
        line = RegisterRow(row.thread, 0, card.card, card.party, card.seat, action.value, statement, signature, at=now)
        await tx.consents.record(line)
        await tx.outbox.append([facts.consent_withdrawn(row.subject, row.relation_n, now, card.party)])
        row = structs.replace(row, relation_n=row.relation_n + 1)
    if ended:
        await tx.threads.update([row])
    return row


def services_word(label: str, row: ThreadRow, now: int) -> Reason:
    """That a card ended, and when, said by nobody but the service."""
    return lambda card: (frame(label, row.thread, card.card, now.to_bytes(8, "big")), b"")
