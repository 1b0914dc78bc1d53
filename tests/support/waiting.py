"""Waiting for what nobody announces: a test asks again until it is so, however busy the machine is."""

import asyncio
from collections.abc import Callable


async def until(holds: Callable[[], bool], within_s: float = 60) -> None:
    """Raises: TimeoutError, where it does not come to hold in time."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 - nothing tells of the change
            await asyncio.sleep(0.01)
