"""An event log that a dying process left in the middle of a line: no event after it is lost with that line."""

import json
from pathlib import Path

from messaging.sinks.jsonl import JsonlSink

FIRST, SECOND = b'{"id":"a-0"}', b'{"id":"a-1"}'


async def test_the_event_after_a_torn_line_stands_on_a_line_of_its_own(tmp_path: Path) -> None:
    event_log = tmp_path / "events.jsonl"
    event_log.write_bytes(FIRST + b"\n" + SECOND[:7])
    await JsonlSink(event_log).write([SECOND])
    assert event_log.read_bytes().splitlines() == [FIRST, SECOND[:7], SECOND]


async def test_a_whole_log_gets_no_empty_lines(tmp_path: Path) -> None:
    event_log = tmp_path / "new" / "events.jsonl"
    for line in (FIRST, SECOND):
        await JsonlSink(event_log).write([line])
    assert [json.loads(line) for line in event_log.read_bytes().splitlines()] == [{"id": "a-0"}, {"id": "a-1"}]
    assert event_log.stat().st_mode & 0o777 == 0o600


async def test_a_log_that_is_no_file_is_only_written_to() -> None:
    await JsonlSink(Path("/dev/null")).write([FIRST])
