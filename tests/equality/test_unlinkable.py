"""Two peers who talk to the same party pool all that they saw, and find nothing equal that they could link.

B and C talk to the town hall A about two targets of A's, or A wrote to both; they compare every value that they got,
opened or derived (`values`): ids, keys, signatures, proofs, hashes, times, texts, headers, and every 8 bytes of them.
What they have in common is named below, one by one, with why it tells nothing. The same comparison of two peers who
talk to two town halls that look alike has to find exactly the same: if it did not, the difference would be the link.
"""

import asyncio
from collections.abc import Set
from pathlib import Path
from typing import Final

import pytest

from messaging.domain.relation import Stage
from messaging.e2ee.stamp import key_id
from messaging.wire.rest import ServiceInfo
from tests.equality import leaks
from tests.equality.cast import TOWNS_PRESENTATION
from tests.equality.pooled import MINUTE_MS, Mistake, Pooled, meet
from tests.equality.values import Value, in_common, text_of, windows

pytestmark = [pytest.mark.equality, pytest.mark.slow]

PROTOCOL_WORDS: Final = {"claimable", Stage.SOLICITED.value}
"""The same for everybody: the state of a newcomer's own seat, the stage of a new relation."""

HEADERS: Final = {
    *("HTTP/1.1 101 Switching Protocols", "HTTP/1.1 200 OK", "HTTP/1.1 201 Created", "HTTP/1.1 204 No Content"),
    *("application/json", "no-store", "nosniff", "close"),
    *("websocket", "Upgrade", "pli.v1"),
}
"""The same for everybody."""

PRESENTATION: Final = {TOWNS_PRESENTATION.group, TOWNS_PRESENTATION.area, TOWNS_PRESENTATION.words}
"""What A shows. By the anonymity rule the platform vouches that at least five parties show the same."""


def allowed(info: ServiceInfo) -> set[Value]:
    """What any two people of one service have in common."""
    ids = {*windows(info.service), *windows(key_id(info.stamp_key)), text_of(info.service)}
    return ids | PROTOCOL_WORDS | HEADERS | PRESENTATION


def links(pooled: Pooled) -> dict[Value, set[str]]:
    """What B and C have in common and nobody explains."""
    known = allowed(pooled.info)
    found = in_common(pooled.b, pooled.c)
    return {value: places for value, places in found.items() if value not in known and not _is_explained(value, places)}


def _is_explained(value: Value, places: Set[str]) -> bool:
    """Ends of minutes: before identities are revealed a receipt says no more, whoever read. Lengths of bodies."""
    if isinstance(value, int):
        return value % MINUTE_MS == 0
    return isinstance(value, str) and value.isdecimal() and all(place.endswith("header") for place in places)


def places_of(pooled: Pooled) -> set[str]:
    return {place for places in in_common(pooled.b, pooled.c).values() for place in places}


@pytest.mark.parametrize("a_initiates", [False, True], ids=["A is written to", "A writes first"])
def test_two_peers_of_one_party_have_nothing_in_common(tmp_path: Path, a_initiates: bool) -> None:
    one, two = (_folder(tmp_path, name) for name in ("one", "two"))
    same = asyncio.run(meet(one, one_hall=True, a_initiates=a_initiates))
    different = asyncio.run(meet(two, one_hall=False, a_initiates=a_initiates))
    assert min(len(same.b), len(same.c)) > 5_000, "there is something to compare"
    assert links(same) == {}
    assert links(different) == {}
    assert places_of(same) == places_of(different)


@pytest.mark.parametrize(
    ("mistake", "a_initiates", "where"),
    [
        (Mistake.ONE_PSEUDONYM, True, "pli1/epoch-record[3]"),
        (Mistake.ONE_PREKEY, False, "http POST.pk_sign"),
    ],
)
def test_a_key_used_twice_is_found(tmp_path: Path, mistake: Mistake, a_initiates: bool, where: str) -> None:
    pooled = asyncio.run(meet(tmp_path, one_hall=True, a_initiates=a_initiates, mistake=mistake))
    assert any(place.endswith(where) for places in links(pooled).values() for place in places)


def test_a_leaked_mailbox_id_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leaks.mailbox_to_the_peer(monkeypatch)
    pooled = asyncio.run(meet(tmp_path, one_hall=True, a_initiates=False))
    assert {place for places in links(pooled).values() for place in places} == {"ws.threads.peer.words"}


def test_a_shared_commit_tells_the_moment_only(tmp_path: Path) -> None:
    """Events of one commit share a stamp (SPEC.md, limits to publish): so do those of strangers. A's two messages of
    one frame are linked by their time and the signature over it, and by nothing else.
    """
    pooled = asyncio.run(meet(tmp_path, one_hall=True, a_initiates=False, at_once=True))
    places = {place for places in links(pooled).values() for place in places}
    assert {place.rsplit(".", 1)[1] for place in places} == {"at", "last_at", "proof/pli1/proof[4]"}


def _folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    return folder
