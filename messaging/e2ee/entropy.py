"""Randomness is an argument: what draws it is chosen where the program is put together (SPEC.md section 2.5)."""

from collections.abc import Callable

from messaging.e2ee.errors import BadKey

Entropy = Callable[[int], bytes]
"""Gives that many random bytes. In a program `os.urandom`, in a test a seeded stream."""


def draw(entropy: Entropy, width: int) -> bytes:
    """Draws exactly `width` bytes; a source that gives another number raises BadKey rather than a short key."""
    drawn = entropy(width)
    if len(drawn) != width:
        raise BadKey(f"the source of randomness gave {len(drawn)} bytes instead of {width}")
    return drawn
