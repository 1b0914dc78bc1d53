"""Messages sealed beforehand: the generator only sends bytes that are ready.

Every message is a real one, sealed with the keys of its thread under its own random id and salt; its text has the
length of a short paragraph. Sealing happens in processes of its own, while nothing is measured.
"""

import os
from base64 import b64encode
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Final

from messaging.domain.vocabulary import MessageKind
from messaging.e2ee import message, pseudonym
from messaging.e2ee.content import encode_text
from messaging.e2ee.pseudonym import Pseudonym
from messaging.e2ee.suite import SigningKey

TEXT: Final = (
    "Bonjour, merci de votre message. Le cabinet a deux salles, un logement est libre au-dessus, et la pharmacie est à "
    "deux pas. Nous pouvons vous montrer le tout un samedi ; dites-nous lequel vous conviendrait. La municipalité "
    "tient à votre venue. Bien à vous."
)
PAYLOAD_BYTES: Final = 803
"""Of a message with this text: header, salt, commitment, and the ciphertext of the smallest body, 512 bytes."""
EPOCH: Final = 0
_entropy: Final = os.urandom


@dataclass(frozen=True, slots=True)
class Author:
    """One side of an open thread: all that it takes to seal its messages."""

    thread: bytes
    party: int
    record_hash: bytes
    epoch_secret: bytes
    slot: bytes
    """Of this side's own pseudonym."""
    mailbox_seed: bytes
    seat: bytes
    roster_head: bytes
    head_0: bytes

    @property
    def pseudonym(self) -> Pseudonym:
        return pseudonym.derive(self.mailbox_seed, self.slot)

    def tag(self, header: bytes, salt: bytes) -> bytes:
        return message.seat_tag(self.mailbox_seed, header, salt, self.seat, self.roster_head)


def seal(author: Author, signing: SigningKey, text: str) -> bytes:
    """One message payload. Its author says that it has seen the empty log: true, and known before anything is sent."""
    header = message.header(MessageKind.TEXT, author.thread, EPOCH, author.record_hash, author.party, _entropy(16))
    return message.seal_message(
        header,
        encode_text(text),
        epoch_secret=author.epoch_secret,
        signing=signing,
        seen_seq=0,
        seen_head=author.head_0,
        tag=author.tag,
        entropy=_entropy,
    )


def seal_frames(authors: Sequence[Author], frames: int, structs_per_frame: int) -> list[bytes]:
    """The frames that one client will send, in order, its threads by turns; `ref` counts its messages from 0."""
    signing = [author.pseudonym.sign for author in authors]
    turns = [index % len(authors) for index in range(frames * structs_per_frame)]
    payloads = [b64encode(seal(authors[turn], signing[turn], TEXT)) for turn in turns]
    return _frames(payloads, structs_per_frame)


def blank_frames(frames: int, structs_per_frame: int) -> list[bytes]:
    """Frames of the same size for the floor, which looks at nothing."""
    return _frames(blank_payloads(frames * structs_per_frame), structs_per_frame)


def blank_payloads(count: int) -> list[bytes]:
    """Random bytes of a real payload's length, in base64."""
    return [b64encode(_entropy(PAYLOAD_BYTES)) for _ in range(count)]


def _frames(payloads: Sequence[bytes], structs_per_frame: int) -> list[bytes]:
    """Each frame holds one `send`, or an array of them (PROTOCOL.md section 2); payloads are in base64."""
    sends = [b'{"t":"send","ref":%d,"payload":"%s"}' % (ref, payload) for ref, payload in enumerate(payloads)]
    if structs_per_frame == 1:
        return sends
    starts = range(0, len(sends), structs_per_frame)
    return [b"[" + b",".join(sends[start : start + structs_per_frame]) + b"]" for start in starts]


class Sealers:
    """The processes that seal, one a core."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def seal(self, clients: Sequence[Sequence[Author]], frames: int, structs_per_frame: int) -> list[list[bytes]]:
        """`frames` frames for each client, whose threads are listed."""
        jobs = [self._pool.submit(seal_frames, authors, frames, structs_per_frame) for authors in clients]
        return [job.result() for job in jobs]


@contextmanager
def sealers(cores: Sequence[int]) -> Iterator[Sealers]:
    """Free to run on all these cores: they rest while something is measured."""
    context = get_context("spawn")
    with ProcessPoolExecutor(len(cores), context, os.sched_setaffinity, (0, cores)) as pool:
        yield Sealers(pool)
