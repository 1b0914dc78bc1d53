"""The demo is a promise: it exits 0 only when every step held."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from messaging.cli import main
from messaging.config import Settings
from messaging.demo import glass
from messaging.demo.cast.main import DOCTOR
from messaging.demo.play import play
from messaging.demo.scenarios.table import MAIN, SCENARIOS
from messaging.demo.transcript import width
from pli_client import Mailbox, Thread
from pli_client.errors import TimedOut

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_all_scenarios_play_through_and_it_exits_with_0(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "messaging.cli", "demo", "--once"]
    env = {**os.environ, "PLI_DATA_DIR": str(tmp_path), "PYTHONUTF8": "1"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=170, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    titles = re.findall(r"^═══ (\d+)\. (.+?) ═+$", done.stdout, re.MULTILINE)
    assert titles == [(str(n), scenario.title) for n, scenario in enumerate(SCENARIOS.values(), start=1)]
    assert DOCTOR.name in done.stdout
    assert "✗" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert [line for line in done.stdout.splitlines() if len(line) > width] == []
    assert re.findall(r".* [;!?»:](?= |$).*|.*« .*|.*'.*|.*\{.*", done.stdout) == []


@pytest.mark.slow
def test_only_what_is_named_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And it does not stay up: nobody of the main scenario is there for `pli chat`."""
    monkeypatch.setenv("PLI_DATA_DIR", str(tmp_path))
    assert main(["demo", "--only", "town-hall-first"]) == 0
    told = capsys.readouterr().out
    assert [name for name, scenario in SCENARIOS.items() if scenario.title in told] == ["town-hall-first"]


def test_the_scenarios_are_listed_and_documented_by_the_same_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--list"]) == 0
    table = {name: scenario.title for name, scenario in SCENARIOS.items()}
    assert dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()) == table
    page = (ROOT / "docs" / "demo.md").read_text(encoding="utf-8")
    assert dict(re.findall(r"^\| `([a-z-]+)` \| ([^|]+?) \|", page, re.MULTILINE)) == table
    assert next(iter(SCENARIOS)) == MAIN


def test_a_name_that_does_not_exist_is_answered_with_those_that_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLI_DATA_DIR", str(tmp_path))
    assert main(["demo", "--only", "couple,mian", "--only", "lost-phone"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "no such scenario: 'mian'." in told.err
    assert all(name in told.err for name in SCENARIOS)
    assert not list(tmp_path.iterdir())


async def played(folder: Path, scenario: str) -> int:
    return await play(Settings.from_env({"PLI_DATA_DIR": str(folder)}), once=True, only=[scenario])


@pytest.mark.slow
async def test_a_step_that_does_not_hold_ends_it_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A town hall that says no before it blocks is no silence."""
    silently = Thread.block

    async def block(thread: Thread) -> None:
        await thread.send("Non merci.")
        await silently(thread)

    monkeypatch.setattr(Thread, "block", block)
    assert await played(tmp_path, "refusal") == 1
    told = capsys.readouterr()
    assert "✗" in told.err
    assert SCENARIOS["refusal"].title in told.err
    assert "Traceback" not in told.err


@pytest.mark.slow
async def test_a_text_that_is_found_ends_it_with_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def find_everything(folder: Path, secrets: list[str]) -> list[glass.Finding]:
        return [glass.Finding(secret, folder, "text") for secret in secrets]

    monkeypatch.setattr(glass, "search", find_everything)
    assert await played(tmp_path, "town-hall-first") == 1


@pytest.mark.slow
async def test_a_refusal_of_the_sdk_ends_it_with_1_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def too_late(mailbox: Mailbox, target: bytes, text: str) -> Thread:
        raise TimedOut("not committed yet")

    monkeypatch.setattr(Mailbox, "open", too_late)
    assert await played(tmp_path, "town-hall-first") == 1
    assert "TimedOut" in capsys.readouterr().err
