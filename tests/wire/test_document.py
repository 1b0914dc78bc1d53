"""PROTOCOL.md and the code say the same: commands, events, close codes, addresses and bounds."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest

import messaging.ws
from messaging.domain import limits
from messaging.domain.errors import all_errors
from messaging.http.routes import ROUTES
from messaging.wire import closing
from messaging.wire.commands import AnyCommand
from messaging.wire.events import AnyDown

DOCUMENT = (Path(messaging.ws.__file__).parent / "PROTOCOL.md").read_text(encoding="utf-8")
CODES = {name: value for name, value in vars(closing).items() if name.isupper()}


def tags(union: Any) -> list[str]:
    return [kind.__struct_config__.tag for kind in get_args(union)]


def section(number: int) -> str:
    return DOCUMENT.partition(f"\n## {number}. ")[2].partition("\n## ")[0]


@pytest.mark.parametrize("command", get_args(AnyCommand))
def test_every_command_and_its_fields_are_described(command: Any) -> None:
    tag, fields = command.__struct_config__.tag, set(command.__struct_fields__) - {"ref"}
    described = re.search(rf"`{re.escape(tag)} {{([^}}]*)}}", DOCUMENT)
    assert described, tag
    names = {name.strip().rstrip("?") for name in described[1].split(",")}
    assert names == fields


def test_every_event_that_nobody_asked_for_is_described() -> None:
    unasked = [kind for kind in get_args(AnyDown) if "ref" not in kind.__struct_fields__]
    rows = dict(re.findall(r"^\| `([\w.]+)` \| ([^|`]+) \|", section(5), re.MULTILINE))
    rows.pop("t")
    assert set(rows) == {kind.__struct_config__.tag for kind in unasked}
    for kind in unasked:
        names = {name.strip().rstrip("?") for name in rows[kind.__struct_config__.tag].split(",")}
        assert names == set(kind.__struct_fields__)


def test_every_close_code_is_described_and_no_other() -> None:
    rows = {int(code): name for code, name in re.findall(r"^\| (\d{4}) \| ([^|]+) \|", section(7), re.MULTILINE)}
    assert {code: name.upper().replace(" ", "_") for code, name in rows.items()} == {v: k for k, v in CODES.items()}


@pytest.mark.parametrize("code", CODES.values())
def test_close_codes_tell_whether_to_come_back(code: int) -> None:
    assert 4000 <= code <= 4999
    assert closing.is_final(code) == (code >= 4500)


@pytest.mark.parametrize("code", [1000, 1001, 1006, 1009, 1011, 1012, 4499, 5000])
def test_no_other_code_is_final(code: int) -> None:
    assert not closing.is_final(code)


def test_every_address_is_described() -> None:
    text = section(6) + section(9)
    rows = re.findall(r"^\| ((?:GET|PUT|POST|DELETE)[A-Z, ]*) `(/v1/[^`]+)`", text, re.MULTILINE)
    described = {(method.strip(), path) for methods, path in rows for method in methods.split(",")}
    served = {(method, re.sub(r"{\w+}", "{id}", path)) for method, path, _ in ROUTES}
    carrier = {("POST", "/v1/stream"), ("POST", "/v1/commands")}
    assert described == served | carrier | {("GET", "/v1/service")}


def test_codes_of_refusals_that_the_document_names_exist() -> None:
    named = set(re.findall(r"`(\w+)`", section(4))) & {"busy", "conflict", "malformed", "not_found", "stale_epoch"}
    assert named <= {error.code for error in all_errors()}
    errors = re.findall(r"Errors: ([^.]*)\.", DOCUMENT)
    assert set(re.findall(r"`(\w+)`", " ".join(errors))) <= {error.code for error in all_errors()}


@pytest.mark.parametrize(
    ("said", "bound"),
    [
        ("an array of at most {}.", limits.commands_per_frame_max),
        ("At most {} commands, and {} KiB", (limits.unacked_commands_max, limits.unacked_bytes_max // 1_024)),
        ("within {} s, more than {} frames", (int(limits.waste_window_s), limits.waste_per_window_max)),
        ("or {} MiB of payload waiting for a commit", limits.writer_queue_bytes_max // 2**20),
        ("more than {} broken frames", limits.malformed_frames_max),
        ("At most {} sockets for one account", limits.sockets_per_account_max),
        ("at most {} bytes", limits.frame_bytes_max),
        ("random, single use, {} s", limits.ticket_s),
        ("within {} s", int(limits.hello_s)),
        ("at most {} and about", limits.pull_events_max),
        ("{} KiB of payload", limits.pull_bytes_max // 1_024),
        ("claim used or older than {} h", limits.prekey_claim_open_h),
        ("{} events or", limits.outbound_events_max),
        ("or {} KiB waiting", limits.outbound_bytes_max // 1_024),
        ("{} s in which nothing", int(limits.write_stall_s)),
        ("payload {} KiB", limits.payload_bytes_max // 1_024),
        ("prekeys {} a batch", limits.prekeys_per_batch_max),
        ("and {} a target", limits.prekeys_per_target_max),
        ("{} claims", limits.claims_per_claimant_per_day_max),
        ("({} for one target)", limits.claims_per_claimant_and_target_per_day_max),
        ("and {} openings", limits.threads_opened_per_mailbox_per_day_max),
        ("{} seats a mailbox", limits.seats_per_mailbox_max),
        ("(1 to {} visible ASCII", limits.idempotency_key_chars_max),
        ("first answer again for {} h", limits.idempotency_h),
        ("At most {} kept answers", limits.idempotency_answers_max),
        ("`coarser` (at most {}, finest", limits.presentations_coarser_max),
        ("{} waiting cards", limits.cards_waiting_per_side_max),
        ("a notice {} bytes", limits.notice_bytes_max),
        ("than {} fragments", limits.fragments_per_message_max),
        ("more than {} pings", limits.control_frames_per_window_max),
        ("in {} s.", int(limits.control_window_s)),
        ("{} messages or", limits.writer_queue_max),
        ("over up to {} s", int(limits.drain_s)),
        ("every {} s, so that either", int(limits.stream_beat_s)),
        ("no request reached for {} s", int(limits.stream_silence_s)),
        ("{} KiB and {} s", (limits.http_head_bytes_max // 1_024, int(limits.http_head_s))),
    ],
)
def test_bounds_are_those_of_the_code(said: str, bound: Any) -> None:
    numbers = bound if isinstance(bound, tuple) else (bound,)
    text = said.format(*(f"{number:,}" for number in numbers))
    assert text in " ".join(DOCUMENT.split())
