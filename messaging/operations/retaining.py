"""`pli retention`: what its time has come for, rehearsed or deleted, with the proof of it."""

from typing import Final

from msgspec import Struct

from messaging.app import retention_schedule
from messaging.operations.operation import Operation, Workplace
from messaging.services import retention
from messaging.services.retention import RetentionReport


class Run(Struct):
    apply: bool
    """False: count, and change nothing."""


async def _run(at: Workplace, wanted: Run) -> RetentionReport:
    schedule = retention_schedule(at.settings)
    if not wanted.apply:
        return await retention.dry_run(at.store, schedule, at.clock())
    return await retention.apply(at.store, schedule, at.clock(), at.settings.backup_days)


RUN: Final = Operation("retention.run", Run, RetentionReport, _run)

OPERATIONS: Final = (RUN,)
