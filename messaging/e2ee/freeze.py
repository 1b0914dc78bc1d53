"""The event by which a service says that moderators froze a thread, or that the freeze ended (SPEC.md section 7.1).

frozen: frame("pli1/frozen", u8 frozen)
"""

from typing import Final

from messaging.e2ee.encoding import frame, read_u8, u8, unframe
from messaging.e2ee.errors import BadEncoding, WrongHeader

FROZEN: Final = "frozen"
_LABEL: Final = "pli1/frozen"
_SERVICE: Final = 255


def make_frozen(*, frozen: bool) -> bytes:
    """The payload of the event."""
    return frame(_LABEL, u8(int(frozen)))


def open_frozen(payload: bytes, party: int) -> bool:
    """Whether the thread is frozen from this event on. Raises BadEncoding, WrongHeader for a side that says so."""
    (value,) = unframe(payload, _LABEL, (1,))
    frozen = read_u8(value)
    if frozen > 1:
        raise BadEncoding("a thread is frozen or it is not")
    if party != _SERVICE:
        raise WrongHeader("only the service says that moderators froze a thread")
    return bool(frozen)
