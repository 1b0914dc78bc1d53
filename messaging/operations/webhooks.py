"""`pli events`: what waits for webhooks, dead letters and their replay, and endpoints that disabled themselves."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from messaging.app import webhooks
from messaging.config import ConfigError
from messaging.operations.operation import Nothing, Operation, OperationFailed, Workplace
from messaging.ports import DeliveryRow

_PAGE: Final = 500


class Wanted(Struct):
    dead: bool
    after: int = 0
    """The key of the last one of the page before."""


class Delivery(Struct):
    key: int
    endpoint: str
    event: str
    """Its id."""
    made_at: int
    attempts: int
    dead_at: int | None
    says: str
    """What became of the last try."""


class Deliveries(Struct):
    deliveries: list[Delivery]
    disabled: list[str]


class Endpoint(Struct):
    name: str


class Replayed(Struct):
    deliveries: int


async def _list(at: Workplace, wanted: Wanted) -> Deliveries:
    rows = await at.read(lambda tx: tx.webhooks.listed(wanted.after, _PAGE, dead=wanted.dead))
    off = await at.read(lambda tx: tx.webhooks.disabled())
    return Deliveries([_shown(row) for row in rows], [endpoint for endpoint, _ in off])


async def _replay(at: Workplace, wanted: Endpoint) -> Replayed:
    """Raises: OperationFailed."""
    async with at.store.transaction() as tx:
        if not await tx.webhooks.knows(wanted.name) and wanted.name not in _configured(at):
            raise OperationFailed(
                "PLI_WEBHOOKS names no such webhook, and nothing waits for it. See `pli events list`."
            )
        return Replayed(await tx.webhooks.replay(wanted.name, at.clock()))


async def _enable(at: Workplace, wanted: Endpoint) -> Nothing:
    async with at.store.transaction() as tx:
        if not await tx.webhooks.enable(wanted.name, at.clock()):
            raise OperationFailed("That webhook is not disabled. See `pli events list`.")
    return Nothing()


def _configured(at: Workplace) -> Sequence[str]:
    """Raises: OperationFailed."""
    try:
        posted = webhooks(at.settings, at.clock)
    except ConfigError as error:
        raise OperationFailed(str(error)) from error
    return () if posted is None else posted.names


def _shown(row: DeliveryRow) -> Delivery:
    return Delivery(row.key, row.endpoint, row.event_id, row.made_at, row.attempts, row.dead_at, row.says)


LIST: Final = Operation("webhooks.list", Wanted, Deliveries, _list)
REPLAY: Final = Operation("webhooks.replay", Endpoint, Replayed, _replay)
ENABLE: Final = Operation("webhooks.enable", Endpoint, Nothing, _enable)

OPERATIONS: Final = (LIST, REPLAY, ENABLE)
