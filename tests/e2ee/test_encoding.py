"""Frames, integers and padding, for inputs that nobody thought of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.e2ee import encoding
from messaging.e2ee.errors import BadEncoding, BadPadding

LABELS = st.sampled_from(["pli1/msg", "pli1/body", "pli1/roster", "pli1/x"])
FIELDS = st.lists(st.binary(max_size=80), max_size=6)


@given(LABELS, FIELDS)
def test_a_frame_decodes_to_its_fields(label: str, fields: list[bytes]) -> None:
    data = encoding.frame(label, *fields)
    assert encoding.unframe(data, label, [None] * len(fields)) == tuple(fields)
    assert encoding.unframe(data, label, [len(field) for field in fields]) == tuple(fields)
    assert encoding.unframe_list(data, label) == tuple(fields)
    assert encoding.label_of(data) == label


@given(LABELS, FIELDS)
def test_a_frame_is_what_the_specification_says(label: str, fields: list[bytes]) -> None:
    plain = b"".join(len(part).to_bytes(4, "big") + part for part in (label.encode(), *fields))
    assert encoding.frame(label, *fields) == plain


@given(FIELDS, st.data())
def test_what_decodes_is_the_only_encoding_of_it(fields: list[bytes], data: st.DataObject) -> None:
    """A changed frame is refused, or is the one frame of other fields: never a second form of the same."""
    mutated = bytearray(encoding.frame("pli1/msg", *fields))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(mutated)))
        change = data.draw(st.sampled_from(["cut", "insert", "flip"]))
        if change == "insert":
            mutated.insert(at, data.draw(st.integers(0, 255)))
        elif at < len(mutated) and change == "cut":
            del mutated[at]
        elif at < len(mutated):
            mutated[at] ^= data.draw(st.integers(1, 255))
    try:
        decoded = encoding.unframe(bytes(mutated), "pli1/msg", [None] * len(fields))
    except BadEncoding:
        return
    assert encoding.frame("pli1/msg", *decoded) == bytes(mutated)


@given(st.binary(max_size=200))
def test_noise_is_refused_or_canonical(noise: bytes) -> None:
    try:
        label = encoding.label_of(noise)
        fields = encoding.unframe_list(noise, label)
    except BadEncoding:
        return
    assert encoding.frame(label, *fields) == noise


@given(FIELDS, st.binary(max_size=40))
def test_a_frame_at_the_start_of_data_tells_where_it_ends(fields: list[bytes], rest: bytes) -> None:
    data = encoding.frame("pli1/body", *fields)
    found, used = encoding.unframe_prefix(data + rest, "pli1/body", [None] * len(fields))
    assert (found, used) == (tuple(fields), len(data))


@pytest.mark.parametrize(
    ("write", "read", "width"),
    [
        (encoding.u8, encoding.read_u8, 1),
        (encoding.u16, encoding.read_u16, 2),
        (encoding.u32, encoding.read_u32, 4),
        (encoding.u64, encoding.read_u64, 8),
    ],
)
def test_integers_are_big_endian_and_bounded(write: object, read: object, width: int) -> None:
    assert callable(write)
    assert callable(read)
    largest = 256**width - 1
    for value in (0, 1, largest):
        assert write(value) == value.to_bytes(width, "big")
        assert read(write(value)) == value
    for value in (-1, largest + 1):
        with pytest.raises(BadEncoding):
            write(value)
    for raw in (bytes(width - 1), bytes(width + 1)):
        with pytest.raises(BadEncoding):
            read(raw)


@given(st.text())
def test_text_comes_back_as_it_was(text: str) -> None:
    try:
        raw = encoding.utf8(text)
    except BadEncoding:
        assert any(0xD800 <= ord(character) <= 0xDFFF for character in text)
        return
    assert encoding.read_utf8(raw) == text


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
def test_a_lone_surrogate_is_refused(text: str) -> None:
    with pytest.raises(BadEncoding):
        encoding.utf8(text)
    with pytest.raises(BadEncoding):
        encoding.ascii_word(text)


@given(st.integers(0, 2**20))
def test_padme_grows_little_and_keeps_few_lengths(length: int) -> None:
    padded = encoding.padme(length)
    assert length <= padded <= max(length * 1.12, length + 1)
    assert encoding.padme(padded) == padded
    if length > 1:
        exponent = length.bit_length() - 1
        low_bits = exponent - exponent.bit_length()
        assert padded % (1 << max(low_bits, 0)) == 0


@given(st.binary(max_size=300), st.integers(0, 400))
def test_padding_adds_zeros_up_to_a_size(data: bytes, size: int) -> None:
    if len(data) > size:
        with pytest.raises(BadPadding):
            encoding.pad(data, size)
        return
    padded = encoding.pad(data, size)
    assert padded == data + bytes(size - len(data))
    encoding.check_padding(padded, len(data), size)


@given(st.binary(max_size=60), st.data())
def test_a_changed_padding_is_refused(value: bytes, data: st.DataObject) -> None:
    padded = bytearray(encoding.pad_value(value, 64))
    assert encoding.unpad_value(bytes(padded), 64) == value
    at = data.draw(st.integers(2 + len(value), 63)) if len(value) < 62 else None
    if at is not None:
        padded[at] = data.draw(st.integers(1, 255))
        with pytest.raises(BadPadding):
            encoding.unpad_value(bytes(padded), 64)


def test_a_value_that_does_not_fit_is_refused() -> None:
    assert len(encoding.pad_value(bytes(62), 64)) == 64
    with pytest.raises(BadPadding):
        encoding.pad_value(bytes(63), 64)
