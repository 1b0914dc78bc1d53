"""`pli worker` that may also post to this machine, and waits seconds where that one waits minutes: for tests to kill.

Run as `python -m tests.support.posting_worker`.
"""

import asyncio
import dataclasses
import os

from messaging.app import make_store, work
from messaging.config import Settings
from messaging.domain import limits
from messaging.logs import configure
from messaging.relations import webhooks

NO_ANSWER_S = 1.0
LEASE_MS = 3_000
"""Longer than an answer is waited for, as the service's own: or two workers post one event at once."""
PAUSES_S = (0.2, 0.5, 1.0)


async def _work() -> None:
    settings = dataclasses.replace(Settings.from_env(os.environ), push_loopback=True)
    store = make_store(settings)
    await store.start()
    try:
        await work(settings, store, shares=True)
    finally:
        await store.close()


if __name__ == "__main__":
    configure("INFO")
    vars(limits).update(webhook_s=NO_ANSWER_S, webhook_lease_ms=LEASE_MS)
    vars(webhooks).update(_PAUSES_S=PAUSES_S)
    asyncio.run(_work())
