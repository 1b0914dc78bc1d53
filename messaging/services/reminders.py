"""Reminders as relation events: a side was told again that its peer waits.

Told once for each moment of reminding (`messaging.domain.alerts`) and side, however many of its people are reminded,
and only once a mail server or a push service took it. Who dies in between tells nothing.
"""

from collections.abc import Sequence

from msgspec import structs

from messaging.domain.alerts import Reminder
from messaging.domain.authorization import Grant, Operation
from messaging.ports import Transaction
from messaging.relations import facts


async def tell(tx: Transaction, reminders: Sequence[Reminder], now: int) -> None:
    """A third party that is reminded is no side of the relation: of it nothing is told."""
    rows = dict(await tx.threads.lock(sorted({each.thread for each in reminders})))
    for each in sorted(reminders, key=lambda reminder: (reminder.thread, reminder.mailbox)):
        row = rows.get(each.thread)
        if row is None or each.mailbox not in row.mailboxes:
            continue
        party = row.mailboxes.index(each.mailbox)
        side = Grant(Operation.ALERTS_READ, thread=each.thread, mailbox=each.mailbox, party=party)
        if not await tx.alerts.remind(side, each.at):
            continue
        await tx.outbox.append([facts.reminded(row.subject, row.relation_n, max(now, row.last_at), party)])
        rows[each.thread] = structs.replace(row, relation_n=row.relation_n + 1)
        await tx.threads.update([rows[each.thread]])
