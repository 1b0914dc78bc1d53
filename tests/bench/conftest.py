"""What the bench starts, from the template of all processes."""

import signal
from collections.abc import Iterator

import pytest

from bench import rounds, servers
from tests.support.started import FromTemplate


@pytest.fixture
def from_template(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """And this process is as it was before, afterwards."""
    monkeypatch.setattr(servers, "subprocess", FromTemplate)
    monkeypatch.setattr(rounds, "subprocess", FromTemplate)
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)
