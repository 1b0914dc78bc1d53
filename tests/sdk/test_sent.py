"""What a device sent is kept a while, in case the service loses it: by number, by size, by age, each message once."""

import pytest

from messaging.e2ee.content import encode_text
from pli_client import MemoryStorage, local, sent
from tests.sdk.world import NOW

THREAD = bytes(16)


def message(n: int, *, at: int = NOW, text: str = "") -> local.Sent:
    return local.Sent(n.to_bytes(16, "big"), n, at + n, "text", encode_text(text or f"{n}"))


async def kept(storage: MemoryStorage) -> list[int]:
    return [each.seq for each in await sent.load(storage, THREAD)]


async def test_what_was_sent_is_shown_in_its_order() -> None:
    storage = MemoryStorage()
    await sent.add(storage, THREAD, [message(2), message(1)], NOW)
    await sent.add(storage, THREAD, [message(3)], NOW)
    shown = sent.shown(await sent.load(storage, THREAD))
    assert [(each.seq, each.text) for each in shown] == [(1, "1"), (2, "2"), (3, "3")]
    await sent.forget(storage, THREAD)
    assert await kept(storage) == []


async def test_a_message_that_was_sent_again_is_kept_once_at_its_new_place() -> None:
    storage = MemoryStorage()
    await sent.add(storage, THREAD, [message(1)], NOW)
    again = local.Sent(message(1).msg_id, 9, NOW + 9, "text", message(1).content)
    await sent.add(storage, THREAD, [again], NOW)
    assert await sent.load(storage, THREAD) == (again,)


@pytest.mark.parametrize(
    ("count", "text", "expected"),
    [(sent.kept_max + 50, "", sent.kept_max), (9, "x" * 40_000, 6), (1, "x" * (sent.kept_bytes_max + 1), 1)],
)
async def test_the_newest_stay_within_number_and_size(count: int, text: str, expected: int) -> None:
    storage = MemoryStorage()
    await sent.add(storage, THREAD, [message(n, text=text) for n in range(count)], NOW)
    assert await kept(storage) == list(range(count - expected, count))


async def test_what_is_too_old_goes_with_the_next_one() -> None:
    storage = MemoryStorage()
    await sent.add(storage, THREAD, [message(n) for n in range(5)], NOW)
    later = NOW + sent.kept_ms + 3
    await sent.add(storage, THREAD, [message(9, at=later)], later)
    assert await kept(storage) == [3, 4, 9]
