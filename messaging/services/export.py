"""The right of access (GDPR article 15): everything that the service holds about one account, as one document."""

from messaging.domain.authorization import Actor, Grant, Operation, authorize
from messaging.ports import Transaction
from messaging.services.context import Context
from messaging.wire.platform import AccountExport, ExportRequest


async def export(tx: Transaction, actor: Actor, issuer: str, body: ExportRequest, context: Context) -> AccountExport:
    """Of an unknown account nothing is held, and the document says so. Raises: NotFound, for whoever may not."""
    grant = authorize(actor, Operation.PLATFORM_EXPORT)
    now = context.clock()
    account = await tx.accounts.find(issuer, body.subject)
    if account is None:
        return AccountExport(exported_at=now, account=None)
    return await tx.holdings.of_account(Grant(grant.operation, account=account), now)
