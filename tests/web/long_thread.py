"""A conversation of thousands of messages, made in seconds: sealed with what the SDK holds, sent many to a frame."""

import json
import os
from collections.abc import Iterable
from typing import Final

from messaging.domain.vocabulary import MessageKind
from messaging.e2ee.content import encode_text
from messaging.wire import codec
from messaging.wire.commands import Send
from tests.journeys.people import Online, Person
from tests.support.server import Deployed
from tests.support.sockets import greeted

AT_ONCE: Final = 48


def sealed(online: Online, texts: Iterable[str]) -> list[bytes]:
    """Each text as a message of this person in their one conversation, on the log as they have it."""
    log = online.thread.follower.log
    return [log.seal(MessageKind.TEXT, os.urandom(16), encode_text(text), os.urandom) for text in texts]


async def sent(service: Deployed, person: Person, payloads: list[bytes]) -> None:
    """Sends them in order, as a device whose client is not online."""
    async with person.api() as api:
        ticket = await api.ticket()
    async with greeted(service, ticket) as socket:
        for begun in range(0, len(payloads), AT_ONCE):
            batch = payloads[begun : begun + AT_ONCE]
            commands = [codec.encode(Send(ref=ref, payload=payload)) for ref, payload in enumerate(batch, 1)]
            await socket.send(f"[{b','.join(commands).decode()}]")
            for ref in range(1, len(batch) + 1):
                answer = json.loads(await socket.answer(ref))
                assert answer["t"] == "ack", answer
