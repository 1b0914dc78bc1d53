"""A client that is left ends, also where what it ran forgot that it was cancelled."""

import asyncio

from pli_client.link import cancelled
from pli_client.runtime import Tasks


async def forgetful(times: int) -> None:
    """Goes on after so many cancellations, as `asyncio.wait_for` of Python 3.11 may after one."""
    for _ in range(times):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue
    await asyncio.Event().wait()


async def test_tasks_that_forget_a_cancellation_are_cancelled_again() -> None:
    tasks = Tasks()
    running = [tasks.spawn(forgetful(times)) for times in range(3)]
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await tasks.close()
    assert all(task.cancelled() for task in running)


async def test_nothing_is_waited_for_where_all_have_ended() -> None:
    ended = asyncio.create_task(asyncio.sleep(0))
    await ended
    await cancelled(None, ended)
    assert not ended.cancelled()
