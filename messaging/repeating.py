"""A step that a background task takes again and again, each time to its end."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from messaging.domain.errors import PliError

_FAILED_S: Final = 2.0
_END_S: Final = 5.0
"""How long a stop waits for the step under way: what is done outside is then also noted here, and not done again."""


def reason(error: Exception) -> str:
    """What a log may say of a failure: a refusal's own words hold nothing of anybody, those of other errors may."""
    return str(error) if isinstance(error, PliError) else type(error).__name__


async def repeat(
    step: Callable[[], Coroutine[Any, Any, bool]], idle_s: float, failed: Callable[[Exception], None]
) -> None:
    """Until cancelled. `step` says whether there may be more at once; one that fails is told of and taken again."""
    while True:
        try:
            more = await _to_its_end(step)
        except Exception as error:
            failed(error)
            await asyncio.sleep(_FAILED_S)
            continue
        if not more:
            await asyncio.sleep(idle_s)


async def _to_its_end(step: Callable[[], Coroutine[Any, Any, bool]]) -> bool:
    """One step to its end, also when this is cancelled meanwhile, unless it hangs."""
    task = asyncio.create_task(step())
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        ended, _ = await asyncio.wait({task}, timeout=_END_S)
        task.cancel()
        for each in ended:
            each.exception()  # what failed is tried again after the start
        raise
