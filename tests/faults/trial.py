"""A trial: a deployment under the load of a fleet while one thing breaks again and again, and the account afterwards.

No acked message is lost or doubled, no (thread, seq) is missing or doubled, in the log and at every witness; chains,
stamps and relation events are whole; everybody had everything soon after the last fault was over.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from messaging.wire.rest import ServiceInfo
from tests.faults.fleet import Fleet
from tests.faults.log_checker import (
    assert_nothing,
    check_chains,
    check_facts,
    check_heard,
    check_promises,
    check_seqs,
    doubled,
    lost,
)
from tests.faults.measured import Measured, keep
from tests.faults.stored_log import StoredLog, read_log
from tests.support.processes import ServiceProcess

CONVERGED_S_MAX: Final = 5.0
ENDS_MAX: Final = 3
"""A machine that is busy with other work may be late: the fault comes once more then, and the best end counts."""
ACKS: Final = 50
"""What is acked before the first fault, and often between two, at the least."""


@dataclass(slots=True)
class Trial:
    """What breaks, and what the test may break it with."""

    processes: Sequence[ServiceProcess]
    fleet: Fleet
    ends_s: list[float] = field(default_factory=list)
    """How long each end took to converge."""
    sending_s: float = 0.0

    async def under_load(self, breaks: Callable[["Trial"], Awaitable[None]], times: int) -> None:
        began = time.monotonic()
        async with self.fleet.sending():
            await self.fleet.acked_more(ACKS)
            for _ in range(times):
                await breaks(self)
        self.sending_s += time.monotonic() - began
        self.ends_s.append(self.fleet.converged_s)


async def tried(
    fault: str,
    times: int,
    breaks: Callable[[Trial], Awaitable[None]],
    database_url: str,
    folder: Path,
    *,
    redis_urls: Sequence[str] = (),
    processes: int = 2,
    quiet: bool = True,
    also: Callable[[Trial], Mapping[str, float]] = lambda _: MappingProxyType({}),
) -> None:
    """`fault`: as `Measured` keeps it, with what `also` measures. `breaks`: once, until it is whole again. `quiet`: no
    process may log a failure whole. Raises: AssertionError, where the account is not as it must be.
    """
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(ServiceProcess(database_url, folder / "service", redis_urls=redis_urls))
        others = [await stack.enter_async_context(first.another()) for _ in range(processes - 1)]
        running = [first, *others]
        info = await first.info()
        fleet = await Fleet.made(running, info.service)
        trial = Trial(running, fleet)
        try:
            await trial.under_load(breaks, times)
            while min(trial.ends_s) > CONVERGED_S_MAX and len(trial.ends_s) < ENDS_MAX:
                await trial.under_load(breaks, 1)
            await fleet.told(first.event_log)
            for process in running:
                await process.terminate()
        finally:
            await fleet.close()
        log = await read_log(database_url, folder / "copy")
        keep(_measured(fault, times + len(trial.ends_s) - 1, log, trial, also(trial), began))
        _account(log, fleet, info, first.event_log)
        told = "".join(process.tracebacks() for process in running)
        assert not quiet or not told, told[-2_000:]
        assert min(trial.ends_s) <= CONVERGED_S_MAX


def _measured(
    fault: str, times: int, log: StoredLog, trial: Trial, also: Mapping[str, float], began: float
) -> Measured:
    fleet = trial.fleet
    return Measured(
        fault=fault,
        times=times,
        clients=len(fleet.senders),
        acked=len(fleet.acked),
        per_s=round(len(fleet.acked) / trial.sending_s, 1),
        lost=len(lost(log, fleet.acked)),
        doubled=len(doubled(log)),
        missing=len(check_seqs(log)) + len(check_heard(log, fleet.witnesses)),
        converged_s=round(min(trial.ends_s), 2),
        seconds=round(time.monotonic() - began, 1),
        also={name: round(value, 3) for name, value in also.items()},
    )


def _account(log: StoredLog, fleet: Fleet, info: ServiceInfo, event_log: Path) -> None:
    assert set(fleet.acked) == set(fleet.sent)
    assert_nothing(check_promises(log, fleet.acked, fleet.sent))
    assert_nothing(check_heard(log, fleet.witnesses))
    assert_nothing(check_chains(log, info))
    assert_nothing(check_facts(log, event_log))
