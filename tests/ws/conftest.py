"""A pipeline over a store that holds nothing, for what it does before and after its transactions."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from messaging.e2ee.stamp import Stamper
from messaging.e2ee.suite import SigningKey
from messaging.fanout.hub import Hub
from messaging.moderation.audit import Auditor
from messaging.pipeline import Pipeline
from messaging.services.context import Context


class Nothing:
    """A store whose transactions hold nothing; messages it cannot append."""

    exclusive = True

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        yield

    reading = transaction


@pytest.fixture
def pipeline() -> Pipeline:
    store: Any = Nothing()
    key = SigningKey(bytes(32))
    return Pipeline(
        store, Hub(), Context(lambda: 0, bytes, Stamper(key), bytes(16), bytes(32), Auditor(bytes(16), key))
    )
