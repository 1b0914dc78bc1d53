"""What a desk entry says, once opened: for the seats of one mailbox, never for a peer (SPEC.md section 4.5)."""

from dataclasses import dataclass

from messaging.e2ee.content import UnknownContent
from messaging.e2ee.encoding import ID_BYTES, exactly, frame, label_of, read_u8, read_utf8, u8, unframe, utf8
from messaging.e2ee.errors import BadEncoding


@dataclass(frozen=True, slots=True)
class Draft:
    """An unfinished message of one's own side in a thread; the newest entry replaces the older ones."""

    thread: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A private note for colleagues beside a thread."""

    thread: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which seat answers in a thread; `seat` is None when nobody is asked to."""

    thread: bytes
    seat: bytes | None


@dataclass(frozen=True, slots=True)
class Hiding:
    """Whether a thread is hidden from all seats of the mailbox: its peer is blocked, and hears nothing of it."""

    thread: bytes
    hidden: bool


DeskContent = Draft | Note | Assignment | Hiding | UnknownContent

_LABELS = ("pli1/desk-draft", "pli1/desk-note", "pli1/desk-assign", "pli1/desk-hide")


def encode_draft(thread: bytes, text: str) -> bytes:
    return frame("pli1/desk-draft", exactly(thread, ID_BYTES, "the thread id"), utf8(text))


def encode_note(thread: bytes, text: str) -> bytes:
    return frame("pli1/desk-note", exactly(thread, ID_BYTES, "the thread id"), utf8(text))


def encode_assignment(thread: bytes, seat: bytes | None) -> bytes:
    named = b"" if seat is None else exactly(seat, ID_BYTES, "the seat id")
    return frame("pli1/desk-assign", exactly(thread, ID_BYTES, "the thread id"), named)


def encode_hiding(thread: bytes, hidden: bool) -> bytes:
    return frame("pli1/desk-hide", exactly(thread, ID_BYTES, "the thread id"), u8(int(hidden)))


def decode_desk(content: bytes) -> DeskContent:
    """Decodes an opened desk entry. Raises BadEncoding for what is not a frame, or a known one of bad form."""
    label = label_of(content)
    if label not in _LABELS:
        return UnknownContent(label)
    thread, value = unframe(content, label, (ID_BYTES, None))
    if label == "pli1/desk-draft":
        return Draft(thread, read_utf8(value))
    if label == "pli1/desk-note":
        return Note(thread, read_utf8(value))
    if label == "pli1/desk-hide":
        return Hiding(thread, _read_flag(value))
    if len(value) not in (0, ID_BYTES):
        raise BadEncoding("an assignment names a seat or nobody")
    return Assignment(thread, value or None)


def _read_flag(value: bytes) -> bool:
    flag = read_u8(value)
    if flag > 1:
        raise BadEncoding(f"{flag} is neither yes nor no")
    return bool(flag)
