"""Random-looking bytes from a fixed seed: the vectors come out the same each time."""

import hashlib


class Stream:
    """An Entropy that is SHA-256 in counter mode over a label."""

    def __init__(self, label: str) -> None:
        self._label = label.encode()
        self._counter = 0

    def __call__(self, count: int) -> bytes:
        out = b""
        while len(out) < count:
            out += hashlib.sha256(self._label + self._counter.to_bytes(8, "big")).digest()
            self._counter += 1
        return out[:count]


def fixed(label: str, count: int = 32) -> bytes:
    """The bytes that belong to a label."""
    return Stream("pli vectors/" + label)(count)


def flipped(data: bytes, at: int = -1) -> bytes:
    """The same bytes with one bit of one byte changed."""
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)
