"""A consent that was withdrawn leaves no trace of its card in the database file, not in a free page either."""

from pathlib import Path

import pytest

from messaging.domain.vocabulary import MailboxKind
from messaging.e2ee.message import parse_payload
from messaging.wire.events import Ok
from tests.faults.parties import Party, close_all, open_thread
from tests.journeys.cards import Prepared
from tests.support.server import running_service
from tests.support.waiting import until

pytestmark = pytest.mark.slow

QUIET_S = 10.0
"""Within a second of quiet the write-ahead log is emptied; the machine of a test may be slow."""
_PIECE = 48
"""Bytes of a needle: short enough that most lie whole within a page."""


async def test_the_card_leaves_the_file_with_its_consent(sqlite_url: str, tmp_path: Path) -> None:
    database = Path(sqlite_url.partition(":///")[2])
    async with running_service(sqlite_url, tmp_path) as service:
        project = await Party.found(service, "projet", MailboxKind.PROJECT)
        village = await Party.found(service, "mairie", MailboxKind.TERRITORY, prekeys=1)
        socket = await project.socket()
        line, _ = await open_thread(socket, project, village, service.service.store.service_id)
        card = Prepared.made(line, "Camille")
        secret = parse_payload(card.sealed.payload).ciphertext
        await socket.request(card.give, Ok)
        assert _traces(secret, database) > 100
        await socket.request(card.withdraw, Ok)
        await until(lambda: _traces(secret, database) == 0, QUIET_S)
        await close_all(socket, project, village)
    assert _traces(secret, database) == 0


def _traces(secret: bytes, database: Path) -> int:
    """How many pieces of the ciphertext stand anywhere in the database file or its write-ahead log."""
    files = (database, database.with_name(database.name + "-wal"))
    held = b"".join(path.read_bytes() for path in files if path.exists())
    return sum(secret[at : at + _PIECE] in held for at in range(0, len(secret) - _PIECE, _PIECE))
