"""What the parties of a first contact show of themselves, by the anonymity rule (messaging/domain/anonymity.py)."""

from collections.abc import Iterable, Mapping

from messaging.domain import anonymity
from messaging.domain.ids import MailboxId
from messaging.ports import MailboxRow, Transaction
from messaging.services.context import Context
from messaging.wire.generic import GENERIC
from messaging.wire.types import Presentation


async def shown(tx: Transaction, rows: Iterable[MailboxRow], context: Context) -> Mapping[MailboxId, Presentation]:
    """For each mailbox what it shows today. One statement, whoever is asked about."""
    kinds = {row.mailbox: row.kind for row in rows}
    alternatives = await tx.mailboxes.alternatives(list(kinds), context.anonymity_min)
    return {
        mailbox: anonymity.shown(alternatives.get(mailbox, ()), GENERIC[kind], context.anonymity_min)
        for mailbox, kind in kinds.items()
    }
