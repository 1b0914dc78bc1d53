"""Random frames: nonsense, JSON of every shape, commands with something wrong in them. Same seed, same frames."""

import json
import random
from base64 import b64encode
from typing import Any

import msgspec

from messaging.domain import limits
from messaging.wire import codec
from messaging.wire.commands import Hello
from tests.wire.examples import COMMANDS

_EXAMPLES = [codec.encode(command) for command in COMMANDS if not isinstance(command, Hello)]
_PRINTABLE = bytes(range(0x20, 0x7F))
_WORDS = [text for example in _EXAMPLES for text in json.loads(example)]


class Noise:
    """An endless supply."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._makers = (
            (self._stranger, 40),
            (self._mutation, 12),
            (self._value_frame, 6),
            (self._text, 3),
            (self._several, 1),
            (self._bytes, 1),
        )

    def frame(self) -> tuple[bytes, bool]:
        """(bytes of a frame, whether it is a text frame)."""
        random_ = self._random
        if random_.random() < 0.002:
            return b" " * random_.randint(limits.frame_bytes_max - 10, limits.frame_bytes_max + 10), True
        makers, weights = zip(*self._makers, strict=True)
        (make,) = random_.choices(makers, weights)
        return make(), random_.random() > 0.02

    def _bytes(self) -> bytes:
        return self._random.randbytes(self._random.randint(0, 300))

    def _text(self) -> bytes:
        points = (self._random.choice((0x7F, 0x7FF, 0xD7FF, 0x10FFFF)) for _ in range(self._random.randint(0, 100)))
        text = "".join(chr(self._random.randint(0, most)) for most in points)
        return text.encode("utf-8", errors="replace")

    def _stranger(self) -> bytes:
        """A good command about things that do not exist."""
        struct = json.loads(self._random.choice(_EXAMPLES))
        for field in ("thread", "mailbox", "claim", "card", "entry"):
            if field in struct:
                struct[field] = b64encode(self._random.randbytes(16)).decode()
        struct["ref"] = self._random.randrange(2**53)
        return json.dumps(struct).encode()

    def _mutation(self) -> bytes:
        """A command with a few bytes or one field changed."""
        if self._random.random() < 0.5:
            struct = json.loads(self._stranger())
            struct[self._random.choice(_WORDS)] = self._value(3)
            return json.dumps(struct).encode()
        data = bytearray(self._stranger())
        for _ in range(self._random.randint(1, 4)):
            at = self._random.randrange(len(data))
            data[at : at + self._random.randint(0, 2)] = self._random.choices(_PRINTABLE, k=self._random.randint(0, 2))
        return bytes(data)

    def _several(self) -> bytes:
        structs = [self._stranger() for _ in range(self._random.choice((0, 1, 2, 5, 80)))]
        if self._random.random() < 0.3:
            structs.append(self._mutation())
        return b"[" + b",".join(structs) + b"]"

    def _value_frame(self) -> bytes:
        return msgspec.json.encode(self._value(self._random.randint(0, 6)))

    def _value(self, depth: int) -> Any:
        random_ = self._random
        if depth and random_.random() < 0.5:
            if random_.random() < 0.5:
                return [self._value(depth - 1) for _ in range(random_.randint(0, 4))]
            return {random_.choice(_WORDS): self._value(depth - 1) for _ in range(random_.randint(0, 4))}
        return random_.choice(
            (None, True, "", "x\0y", "é" * 40, 0, -1, 2**53, 2**63, 1e308, 0.5, random_.choice(_WORDS))
        )
