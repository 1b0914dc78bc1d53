"""Whether a batch was committed is unknown where the database goes away in the commit: nobody is told yes or no."""

import contextlib
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from messaging.domain.errors import Busy, PliError
from messaging.e2ee.stamp import Stamper
from messaging.e2ee.suite import SigningKey
from messaging.fanout.hub import Hub
from messaging.moderation.audit import Auditor
from messaging.pipeline import Pipeline
from messaging.services.context import Context
from messaging.wire import closing
from tests.support.waiting import until


class Failing:
    """A store whose next transactions end like these, one after the other."""

    exclusive = True

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    @contextlib.asynccontextmanager
    async def appending(self, lane: int) -> AsyncIterator[None]:
        raise self.errors.pop(0)
        yield


class Socket:
    """A sender that keeps what it is told."""

    actor: Any = None

    def __init__(self) -> None:
        self.told: list[str | int] = []

    def answer(self, ref: int, encoded: bytes | PliError) -> None:
        assert isinstance(encoded, PliError)
        self.told.append(encoded.code)

    def close(self, code: int) -> None:
        self.told.append(code)


AWAY = Busy("the database is away", retry_after_ms=1_000)


@pytest.mark.parametrize(
    ("errors", "told"),
    [
        pytest.param([AWAY], ["busy", "busy"], id="nothing was begun"),
        pytest.param([OSError(), AWAY], [closing.GOING_AWAY] * 2, id="the commit failed, then nobody was there"),
        pytest.param([OSError(), OSError(), AWAY], [closing.GOING_AWAY] * 2, id="it went away again"),
    ],
)
async def test_nobody_is_told_no_of_what_may_be_stored(errors: list[Exception], told: list[str | int]) -> None:
    store: Any = Failing(*errors)
    key = SigningKey(bytes(32))
    pipeline = Pipeline(
        store, Hub(), Context(lambda: 0, bytes, Stamper(key), bytes(16), bytes(32), Auditor(bytes(16), key))
    )
    sockets = [Socket(), Socket()]
    for socket in sockets:
        sender: Any = socket
        parts: Any = SimpleNamespace(thread=bytes(16))
        pipeline.send(sender, 1, parts, b"")
    pipeline.start()
    await until(lambda: all(socket.told for socket in sockets))
    await pipeline.stop()
    assert [said for socket in sockets for said in socket.told] == told
    assert store.errors == []
