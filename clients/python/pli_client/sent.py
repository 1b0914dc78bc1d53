"""What this device sent, kept a while: a service that is restored from a backup loses the newest messages, and then
only who wrote them has them (SPEC.md section 7.4). One sealed value a thread, bounded in number, size and age.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from messaging.domain.vocabulary import MessageKind
from messaging.e2ee import content
from messaging.e2ee.content import Text
from pli_client import local
from pli_client.storage import Storage
from pli_client.views import Message, SentMessage

kept_ms: Final = 30 * 86_400_000
kept_max: Final = 200
"""Messages of one thread."""
kept_bytes_max: Final = 262_144
"""Contents of one thread, all together; the newest message stays whatever its size."""


def of(message: Message) -> local.Sent | None:
    """What is kept of a message that stands in the log; None for a content that this version could not write."""
    if message.text is None:
        return None
    return local.Sent(message.msg_id, message.seq, message.at, message.kind, content.encode_text(message.text))


def waiting(unsent: Iterable[local.Outgoing], after: int, now: int) -> tuple[local.Sent, ...]:
    """What waited to be sent, as if it had stood in the log after the event `after`. A notice is none of it."""
    texts = [each for each in unsent if each.kind == MessageKind.TEXT]
    return tuple(
        local.Sent(each.msg_id, after + place, now, each.kind, each.content) for place, each in enumerate(texts, 1)
    )


async def load(storage: Storage, thread: bytes) -> tuple[local.Sent, ...]:
    """Raises: StorageDamaged."""
    kept = await local.load(storage, _name(thread), local.SentMessages)
    return kept.messages if kept is not None else ()


async def add(storage: Storage, thread: bytes, new: Sequence[local.Sent], now: int) -> None:
    """Keeps these too, and lets go of what is too old or too much. Raises: StorageDamaged."""
    before = {each.msg_id: each for each in await load(storage, thread)}
    together = [*(before | {each.msg_id: each for each in new}).values()]
    await local.save(storage, _name(thread), local.SentMessages(tuple(_bounded(together, now))))


async def forget(storage: Storage, thread: bytes) -> None:
    await storage.delete(_name(thread))


def shown(kept: Iterable[local.Sent]) -> tuple[SentMessage, ...]:
    """For the application, in the order in which they were sent."""
    return tuple(_shown(each) for each in sorted(kept, key=lambda each: each.seq))


def _shown(kept: local.Sent) -> SentMessage:
    opened = content.decode_content(kept.content)
    return SentMessage(kept.msg_id, kept.seq, kept.at, kept.kind, opened.text if isinstance(opened, Text) else None)


def _bounded(kept: list[local.Sent], now: int) -> list[local.Sent]:
    newest_first = sorted(kept, key=lambda each: (each.at, each.seq), reverse=True)
    taken: list[local.Sent] = []
    size = 0
    for each in newest_first[:kept_max]:
        size += len(each.content)
        if taken and (size > kept_bytes_max or each.at < now - kept_ms):
            break
        taken.append(each)
    return taken[::-1]


def _name(thread: bytes) -> str:
    return local.SENT + thread.hex()
