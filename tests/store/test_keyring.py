"""The key ring: its file, and what is refused."""

import stat
from pathlib import Path

import pytest

from messaging.store import KeyRing
from messaging.store.errors import BadKeyRing

RING = KeyRing({1: b"a" * 32, 255: b"b" * 32}, 255, b"i" * 32)


def _entropy(size: int) -> bytes:
    return b"\x07" * size


def test_a_generated_ring_has_one_key_from_the_entropy() -> None:
    assert KeyRing.generate(_entropy) == KeyRing({1: b"\x07" * 32}, 1, b"\x07" * 32)


def test_a_ring_reads_back_what_it_wrote_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "key_ring.json"

    RING.create_file(path)

    assert KeyRing.from_file(path) == RING == KeyRing.from_json(RING.to_json())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_ring_is_never_written_over_another(tmp_path: Path) -> None:
    path = tmp_path / "key_ring.json"
    RING.create_file(path)

    with pytest.raises(BadKeyRing, match="already"):
        KeyRing.generate(_entropy).create_file(path)

    assert KeyRing.from_file(path) == RING
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_file_that_others_may_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key_ring.json"
    RING.create_file(path)
    path.chmod(mode)

    with pytest.raises(BadKeyRing, match="chmod 600"):
        KeyRing.from_file(path)


def test_a_missing_file_or_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadKeyRing, match="There is no key ring"):
        KeyRing.from_file(tmp_path / "key_ring.json")
    with pytest.raises(BadKeyRing, match="cannot be written"):
        RING.create_file(tmp_path / "missing" / "key_ring.json")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"current": 1, "keys": {"1": "c2hvcnQ="}, "index_key": "c2hvcnQ="}',
        '{"current": 2, "keys": {"1": "%K"}, "index_key": "%K"}',
        '{"current": 1, "keys": {"1": "%K"}}',
        '{"current": 1, "keys": {"one": "%K"}, "index_key": "%K"}',
        '{"current": 256, "keys": {"256": "%K"}, "index_key": "%K"}',
        '{"current": 0, "keys": {"0": "%K"}, "index_key": "%K"}',
        '{"current": 1, "keys": {"1": "%K"}, "index_key": "%K", "other": 1}',
    ],
)
def test_a_broken_ring_is_refused_without_telling_its_keys(text: str) -> None:
    key = "Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5MTI="

    with pytest.raises(BadKeyRing) as refusal:
        KeyRing.from_json(text.replace("%K", key))

    assert "canary" not in str(refusal.value)
    assert key not in str(refusal.value)


def test_keys_stay_out_of_the_representation() -> None:
    assert "aaaa" not in repr(RING)
    assert "iiii" not in repr(RING)
