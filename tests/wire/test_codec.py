"""Frames both ways: what is understood, what is ignored, and what is refused with which refusal."""

import json
from typing import Any, get_args

import msgspec
import pytest

from messaging.domain import limits
from messaging.domain.errors import Malformed, PliError, TooLarge, UnknownCommand
from messaging.wire import codec
from messaging.wire.commands import AnyCommand
from messaging.wire.events import AnyDown, Ok
from tests.wire.examples import COMMANDS, DOWNS


def tag(struct: type | object) -> str:
    kind = struct if isinstance(struct, type) else type(struct)
    return str(kind.__struct_config__.tag)  # type: ignore[attr-defined]  # every msgspec struct has it


def changed(struct: object, **fields: Any) -> str:
    """The JSON of a struct with fields replaced or added."""
    return json.dumps({**json.loads(msgspec.json.encode(struct)), **fields})


def test_the_examples_are_complete() -> None:
    assert {type(command) for command in COMMANDS} == set(get_args(AnyCommand))
    assert {type(struct) for struct in DOWNS} == set(get_args(AnyDown))


def test_tags_name_one_struct_each_way() -> None:
    for union in (AnyCommand, AnyDown):
        tags = [tag(kind) for kind in get_args(union)]
        assert len(tags) == len(set(tags))


@pytest.mark.parametrize("command", COMMANDS, ids=tag)
def test_commands_round_trip(command: AnyCommand) -> None:
    encoded = codec.encode(command)
    assert codec.decode_commands(encoded) == [command]
    assert codec.decode_commands(encoded.decode()) == [command]


@pytest.mark.parametrize("struct", DOWNS, ids=tag)
def test_downs_round_trip(struct: AnyDown) -> None:
    assert codec.decode_downs(codec.encode(struct)) == [struct]


def test_one_frame_holds_several_in_order() -> None:
    assert codec.decode_commands(codec.join(map(codec.encode, COMMANDS))) == list(COMMANDS)
    assert codec.decode_downs(codec.join(map(codec.encode, DOWNS))) == list(DOWNS)


def test_a_frame_of_one_is_the_struct_itself() -> None:
    assert codec.join([b'{"t":"ok","ref":1}']) == b'{"t":"ok","ref":1}'


@pytest.mark.parametrize("command", COMMANDS, ids=tag)
def test_unknown_fields_of_commands_are_ignored(command: AnyCommand) -> None:
    assert codec.decode_commands(changed(command, later=[{"than": "this"}])) == [command]


@pytest.mark.parametrize("struct", DOWNS, ids=tag)
def test_unknown_fields_of_downs_are_ignored(struct: AnyDown) -> None:
    assert codec.decode_downs(changed(struct, later=[{"than": "this"}])) == [struct]


@pytest.mark.parametrize(
    "frame",
    [
        '{"t":"later","x":{"ref":1}}',
        '[{"t":"later"}]',
        '[{"t":"later"},{"t":"later","ref":2}]',
    ],
)
def test_unknown_events_are_ignored(frame: str) -> None:
    assert codec.decode_downs(frame) == []


def test_unknown_events_leave_their_neighbours() -> None:
    assert codec.decode_downs('[{"t":"ok","ref":1},{"t":"later"},{"t":"ok","ref":2}]') == [Ok(ref=1), Ok(ref=2)]


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{",
        "null",
        '{"ref":1}',
        '{"t":"ok"}',
        '{"t":"ok","ref":"1"}',
        '[{"t":"later"},',
        '[{"t":"later"},{"t":"ok"}]',
        '[{"t":"later"},3]',
        '[{"t":"later","x":' + "[" * 20_000 + "]" * 20_000 + "}]",
        b"\xff",
    ],
)
def test_a_broken_answer_is_malformed(frame: str | bytes) -> None:
    with pytest.raises(Malformed):
        codec.decode_downs(frame)


@pytest.mark.parametrize(
    "frame",
    [
        '{"t":"later","ref":1}',
        '{"t":"","ref":1}',
        '{"t":"ok","ref":1}',
        '[{"t":"refresh","ref":1,"ticket":"x"},{"t":"later","ref":2}]',
    ],
)
def test_unknown_commands_are_an_error_of_their_own(frame: str) -> None:
    with pytest.raises(UnknownCommand):
        codec.decode_commands(frame)


REFRESH = '{"t":"refresh","ref":1,"ticket":%s}'
MALFORMED: dict[str, str | bytes] = {
    "empty": "",
    "no JSON": "hello",
    "cut": '{"t":"refresh"',
    "rest": '{"t":"refresh","ref":1,"ticket":"x"} {}',
    "null": "null",
    "number": "1",
    "string": '"refresh"',
    "byte order mark": "\ufeff" + REFRESH % '"x"',
    "nested array": "[[" + REFRESH % '"x"' + "]]",
    "no type": '{"ref":1,"ticket":"x"}',
    "type of wrong type": '{"t":1,"ref":1}',
    "type is null": '{"t":null,"ref":1}',
    "no ref": '{"t":"refresh","ticket":"x"}',
    "ref is text": '{"t":"refresh","ref":"1","ticket":"x"}',
    "ref is a fraction": '{"t":"refresh","ref":1.5,"ticket":"x"}',
    "ref is negative": '{"t":"refresh","ref":-1,"ticket":"x"}',
    "ref is 2^53": '{"t":"refresh","ref":9007199254740992,"ticket":"x"}',
    "ref has 5,000 digits": '{"t":"refresh","ref":' + "9" * 5_000 + ',"ticket":"x"}',
    "not a number": '{"t":"refresh","ref":NaN,"ticket":"x"}',
    "missing field": '{"t":"refresh","ref":1}',
    "wrong type": REFRESH % "{}",
    "escaped lone surrogate": REFRESH % r'"\ud800"',
    "lone surrogate": REFRESH % '"\ud800"',
    "raw control character": REFRESH % '"\x01"',
    "deep array": REFRESH % ("[" * 20_000 + "]" * 20_000),
    "deep and open": "[" * 60_000,
    "deep unknown field": '{"t":"refresh","ref":1,"ticket":"x","y":' + '{"z":' * 10_000 + "1" + "}" * 10_001,
    "id too short": '{"t":"consents","ref":1,"thread":"AAAA"}',
    "id not base64": '{"t":"consents","ref":1,"thread":"????????????????????=="}',
    "id without padding": '{"t":"consents","ref":1,"thread":"AAAAAAAAAAAAAAAAAAAAAA"}',
    "not UTF-8": b'{"t":"refresh","ref":1,"ticket":"\xff"}',
}


@pytest.mark.parametrize("name", list(MALFORMED))
def test_malformed(name: str) -> None:
    with pytest.raises(Malformed) as caught:
        codec.decode_commands(MALFORMED[name])
    assert type(caught.value) is Malformed
    assert caught.value.detail


def test_nul_is_a_character_like_others() -> None:
    (command,) = codec.decode_commands(REFRESH % r'"a\u0000b"')
    assert command == codec.decode_commands('{"t":"refresh","ref":1,"ticket":"a\\u0000b"}')[0]


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("ticket", "x" * 128, "x" * 129),
        ("ref", 2**53 - 1, 2**53),
    ],
)
def test_bounds_of_refresh(field: str, good: object, bad: object) -> None:
    refresh = next(command for command in COMMANDS if tag(command) == "refresh")
    assert codec.decode_commands(changed(refresh, **{field: good}))
    with pytest.raises(Malformed):
        codec.decode_commands(changed(refresh, **{field: bad}))


def encoded_bytes(count: int) -> str:
    text: str = msgspec.to_builtins(b"\x00" * count)
    return text


@pytest.mark.parametrize(
    ("command", "field", "most"),
    [
        ("send", "payload", limits.payload_bytes_max),
        ("desk.put", "blob", limits.desk_entry_bytes_max),
        ("consent.give", "payload", limits.card_payload_bytes_max),
        ("consent.give", "statement", 1_024),
        ("open", "own", 64),
        ("pull", "thread", 16),
    ],
)
def test_bytes_are_bounded(command: str, field: str, most: int) -> None:
    example = next(c for c in COMMANDS if tag(c) == command)
    assert codec.decode_commands(changed(example, **{field: encoded_bytes(most)}))
    with pytest.raises(Malformed):
        codec.decode_commands(changed(example, **{field: encoded_bytes(most + 1)}))


@pytest.mark.parametrize(("limit", "good"), [(0, False), (1, True), (500, True), (501, False), (True, False)])
def test_pages_are_bounded(limit: int, good: bool) -> None:
    pull = next(command for command in COMMANDS if tag(command) == "pull")
    if good:
        assert codec.decode_commands(changed(pull, limit=limit))
    else:
        with pytest.raises(Malformed):
            codec.decode_commands(changed(pull, limit=limit))


def test_the_largest_message_fits_a_frame() -> None:
    send = changed(next(c for c in COMMANDS if tag(c) == "send"), payload=encoded_bytes(limits.payload_bytes_max))
    assert len(send) <= limits.frame_bytes_max


def test_frames_are_bounded() -> None:
    refresh = REFRESH % '"x"'
    exact = refresh + " " * (limits.frame_bytes_max - len(refresh))
    assert codec.decode_commands(exact)
    with pytest.raises(TooLarge):
        codec.decode_commands(exact + " ")


def test_commands_of_a_frame_are_bounded() -> None:
    most = [REFRESH % '"x"'] * limits.commands_per_frame_max
    assert len(codec.decode_commands(f"[{','.join(most)}]")) == limits.commands_per_frame_max
    with pytest.raises(TooLarge):
        codec.decode_commands(f"[{','.join([*most, most[0]])}]")


@pytest.mark.parametrize(
    ("frame", "refs"),
    [
        ('{"t":"later","ref":7}', [7]),
        ('{"t":5,"ref":7}', [7]),
        ('{"ref":7}', [7]),
        ('{"t":"refresh"}', []),
        ('{"t":"later","ref":-1}', []),
        ('{"t":"later","ref":1.5}', []),
        ('{"t":"later","ref":"7"}', []),
        ('{"t":"later","ref":1e400}', []),
        ('{"t":"later","ref":9007199254740992}', []),
        ('[{"ref":1},{"t":"later","ref":2}]', [1, 2]),
        ('[{"ref":1},{"ref":"x"},3,[4],{"ref":5}]', [1, 5]),
        ('[{"ref":1},{"ref":2}', []),
        ("[]", []),
        ("", []),
        ("[" * 60_000, []),
        ('{"t":"later","ref":1,"x":' + "[" * 20_000 + "]" * 20_000 + "}", []),
        ("[" + ",".join(f'{{"ref":{n}}}' for n in range(100)) + "]", list(range(64))),
    ],
)
def test_the_refs_of_a_broken_frame_are_read_where_they_can_be(frame: str, refs: list[int]) -> None:
    assert codec.read_refs(frame) == refs


@pytest.mark.parametrize("name", list(MALFORMED))
def test_reading_refs_never_fails(name: str) -> None:
    assert set(codec.read_refs(MALFORMED[name])) <= {1}


def test_refusals_name_no_value_of_the_sender() -> None:
    secret = "s3cr3t-value"
    for frame in (
        f'{{"t":"{secret}","ref":1}}',
        f'{{"t":"refresh","ref":1,"ticket":{{"{secret}":1}}}}',
        f'{{"t":"consents","ref":1,"thread":"{secret}"}}',
        secret,
    ):
        with pytest.raises(PliError) as caught:
            codec.decode_commands(frame)
        assert secret not in caught.value.detail
