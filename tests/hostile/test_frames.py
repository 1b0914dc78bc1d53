"""Frames that no client would send, after the welcome: each gets a clear error or a close code (PROTOCOL.md, 2)."""

import asyncio
import json
import os
from base64 import b64encode

import pytest

from messaging.domain import limits
from messaging.wire import closing
from messaging.wire.commands import Consents, Threads
from messaging.wire.types import Id
from tests.support.sockets import Wire
from tests.support.world import Someone, World

pytestmark = [
    pytest.mark.hostile,
    pytest.mark.slow,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.parametrize("service", ["direct", "messages"], indirect=True, scope="module"),
]

THREAD: Id = bytes(16)
ID = b64encode(THREAD).decode()
REFRESH = '{"t":"refresh","ref":1,"ticket":%s}'

BROKEN: dict[str, tuple[str, int | None, str]] = {
    "empty": ("", None, "malformed"),
    "no JSON": ("hello", None, "malformed"),
    "null": ("null", None, "malformed"),
    "a number": ("17", None, "malformed"),
    "cut": ('{"t":"threads","ref":1', None, "malformed"),
    "unknown command": ('{"t":"drop.tables","ref":1}', 1, "unknown_command"),
    "an event as a command": ('{"t":"ack","ref":1}', 1, "unknown_command"),
    "no type": ('{"ref":1}', 1, "malformed"),
    "type of wrong type": ('{"t":["threads"],"ref":1}', 1, "malformed"),
    "no ref": ('{"t":"threads"}', None, "malformed"),
    "negative ref": ('{"t":"threads","ref":-1}', None, "malformed"),
    "endless ref": ('{"t":"threads","ref":' + "9" * 60_000 + "}", None, "malformed"),
    "infinite ref": ('{"t":"threads","ref":1e999}', None, "malformed"),
    "wrong type": ('{"t":"consents","ref":1,"thread":{}}', 1, "malformed"),
    "list for a scalar": ('{"t":"pull","ref":1,"thread":"' + ID + '","after":[1]}', 1, "malformed"),
    "text for a number": ('{"t":"pull","ref":1,"thread":"' + ID + '","after":"1"}', 1, "malformed"),
    "number too large": ('{"t":"pull","ref":1,"thread":"' + ID + '","after":9007199254740992}', 1, "malformed"),
    "deep array": ('{"t":"threads","ref":1,"x":' + "[" * 30_000 + "]" * 30_000 + "}", None, "malformed"),
    "deep object": ('{"t":"threads","ref":1,"x":' + '{"y":' * 10_000 + "1" + "}" * 10_001, None, "malformed"),
    "open arrays": ("[" * 60_000, None, "malformed"),
    "array of arrays": ('[[{"t":"threads","ref":1}]]', None, "malformed"),
    "escaped lone surrogate": (REFRESH % r'"\ud800"', None, "malformed"),
    "reversed surrogates": (REFRESH % r'"\udc00\ud800"', None, "malformed"),
    "NUL outside a string": ('{"t":"threads",\0"ref":1}', None, "malformed"),
    "byte order mark": ('\ufeff{"t":"threads","ref":1}', None, "malformed"),
    "not base64": ('{"t":"consents","ref":1,"thread":"%%%%"}', 1, "malformed"),
    "a hundred structs": ("[" + ",".join(['{"t":"threads","ref":1}'] * 100) + "]", 1, "too_large"),
    "30,000 empty structs": ("[" + ",".join(["{}"] * 20_000) + "]", None, "malformed"),
}


async def still_works(wire: Wire) -> None:
    answer = await wire.ask(Threads(ref=2**53 - 1))
    assert json.loads(answer)["t"] == "threads"


@pytest.mark.parametrize("name", list(BROKEN))
async def test_a_broken_frame_gets_an_error_and_the_next_one_works(
    name: str, world: World, somebody: Someone, carrier: str
) -> None:
    frame, ref, code = BROKEN[name]
    async with world.wire(somebody, carrier) as wire:
        await wire.send(frame)
        answer = json.loads(await wire.answer(ref))
        assert answer["problem"]["code"] == code
        assert answer["problem"]["detail"]
        assert len(json.dumps(answer)) < 1_000
        await still_works(wire)


async def test_one_bad_command_of_many_refuses_them_all_each_by_its_ref(
    world: World, somebody: Someone, carrier: str
) -> None:
    async with world.wire(somebody, carrier) as wire:
        await wire.send('[{"t":"threads","ref":1},{"t":"consents","ref":2},{"t":"threads","ref":3}]')
        for ref in (1, 2, 3):
            assert json.loads(await wire.answer(ref))["problem"]["code"] == "malformed"
        await still_works(wire)


async def test_nul_in_text_is_only_a_character(world: World, somebody: Someone, carrier: str) -> None:
    async with world.wire(somebody, carrier) as wire:
        await wire.send(REFRESH % r'"\u0000\u0000"')
        assert json.loads(await wire.answer(1))["problem"]["code"] == "unauthenticated"
        await still_works(wire)


async def test_an_empty_list_of_commands_is_nothing(world: World, somebody: Someone, carrier: str) -> None:
    async with world.wire(somebody, carrier) as wire:
        await wire.send("[]")
        await still_works(wire)


async def test_binary_frames_are_not_understood(world: World, somebody: Someone) -> None:
    async with world.socket(somebody) as socket:
        await socket.send(b'{"t":"threads","ref":1}')
        assert json.loads(await socket.answer(None))["problem"]["code"] == "malformed"
        await still_works(socket)


async def test_many_structs_at_the_bound_are_all_answered(world: World, somebody: Someone, carrier: str) -> None:
    commands = [json.dumps({"t": "consents", "ref": ref, "thread": ID}) for ref in range(limits.commands_per_frame_max)]
    async with world.wire(somebody, carrier) as wire:
        await wire.send(f"[{','.join(commands)}]")
        for ref in range(limits.commands_per_frame_max):
            assert json.loads(await wire.answer(ref))["problem"]["code"] == "not_found"


async def test_a_frame_at_the_bound_is_read_and_one_byte_more_is_cut(world: World, somebody: Someone) -> None:
    command = '{"t":"threads","ref":1}'
    async with world.socket(somebody) as socket:
        await socket.send(command + " " * (limits.frame_bytes_max - len(command)))
        assert json.loads(await socket.answer(1))["t"] == "threads"
        await socket.send(command + " " * (limits.frame_bytes_max - len(command) + 1))
        assert await socket.closed() == 1009


async def test_text_that_is_not_utf_8_is_cut(world: World, somebody: Someone) -> None:
    async with world.socket(somebody) as socket:
        await socket.connection.send(b'{"t":"threads","ref":1,"x":"\xff"}', text=True)
        assert await socket.closed() == 1007


async def test_too_many_broken_frames_close_it(world: World, somebody: Someone, carrier: str) -> None:
    async with world.wire(somebody, carrier) as wire:
        for _ in range(limits.malformed_frames_max + 1):
            await wire.send("{")
        assert await wire.closed() == closing.PROTOCOL_ERROR
        assert wire.heard[-1] == {"t": "closing", "code": closing.PROTOCOL_ERROR, "reconnect_after_ms": None}


async def test_who_asks_for_nothing_over_and_over_is_closed(
    world: World, somebody: Someone, carrier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "waste_per_window_max", 8)
    async with world.wire(somebody, carrier) as wire:
        for _ in range(4):
            await wire.send("[]")
            await wire.send(json.dumps({"t": "consents", "ref": 1, "thread": ID}))
            assert json.loads(await wire.answer(1))["problem"]["code"] == "not_found"
        await still_works(wire)
        await wire.send("[]")
        assert await wire.closed() == closing.TOO_MANY_REQUESTS


async def test_who_does_so_now_and_then_is_not(
    world: World, somebody: Someone, carrier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "waste_per_window_max", 8)
    monkeypatch.setattr(limits, "waste_window_s", 0.1)
    async with world.wire(somebody, carrier) as wire:
        for _ in range(4):
            for _ in range(4):
                await wire.send("[]")
            await asyncio.sleep(0.11)
        await still_works(wire)


async def test_payloads_of_noise_are_refused_one_by_one(world: World) -> None:
    async with world.socket(world.holder) as socket:
        for size in (1, 16, 100, 1_000, limits.payload_bytes_max):
            payload = b64encode(os.urandom(size)).decode()
            await socket.send(json.dumps({"t": "send", "ref": size, "payload": payload}))
            assert json.loads(await socket.answer(size))["problem"]["code"] == "unverifiable"
        assert json.loads(await socket.ask(Consents(ref=3, thread=THREAD)))["t"] == "err"
