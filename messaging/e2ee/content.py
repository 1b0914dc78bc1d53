"""What a message says, once opened (SPEC.md section 6.6). New kinds of content come as new labels.

A content that this version does not know is `UnknownContent`: every client shows the same placeholder for it, so that
nobody can tell from an answer which version the peer runs.
"""

from dataclasses import dataclass

from messaging.e2ee.encoding import frame, label_of, read_utf8, unframe, utf8


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text as it was typed."""

    text: str


@dataclass(frozen=True, slots=True)
class UnknownContent:
    """A content of a later version."""

    label: str


Content = Text | UnknownContent


def encode_text(text: str) -> bytes:
    return frame("pli1/content-text", utf8(text))


def decode_content(content: bytes) -> Content:
    """Decodes an opened content. Raises BadEncoding for what is not a frame, or a known one of bad form."""
    label = label_of(content)
    if label != "pli1/content-text":
        return UnknownContent(label)
    (text,) = unframe(content, label, (None,))
    return Text(read_utf8(text))
