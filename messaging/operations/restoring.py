"""A backup was restored: a new stream epoch, so that every client compares what it has with what is left."""

from typing import Final

from msgspec import Struct

from messaging.operations.operation import Nothing, Operation, Workplace


class Renewed(Struct):
    stream_epoch: int


async def _restored(at: Workplace, _: Nothing) -> Renewed:
    epoch = await at.store.renew_stream_epoch()
    if at.service is not None:
        await at.service.reconnect_all()
    return Renewed(epoch)


RESTORED: Final = Operation("service.restored", Nothing, Renewed, _restored)

OPERATIONS: Final = (RESTORED,)
