"""A process that begins where `pli` has loaded its modules is a process like any other."""

import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.support.forking import Forked

pytestmark = pytest.mark.slow

SHOWS = "import os, sys; print(os.getcwd(), sorted(os.environ), sys.stdin.read(), sys.argv[0], flush=True); os._exit(7)"
OPEN = "import os; print(os.listdir('/proc/self/fd'))"
SLEEPS = "import time; print('awake', flush=True); time.sleep(60)"


def run(folder: Path, script: str, **environment: str) -> Forked:
    with (folder / "output").open("ab") as output:
        return Forked("timeit", ["-n1", "-r1", script], environment, folder, output)


def printed(folder: Path) -> str:
    return (folder / "output").read_text()


def test_it_has_what_it_was_given_and_nothing_else(tmp_path: Path) -> None:
    process = run(tmp_path, SHOWS, PLI_A="a", B="b")
    assert process.wait(30) == 7
    assert process.poll() == process.returncode == 7
    assert printed(tmp_path).startswith(f"{tmp_path} ['B', 'PLI_A']  ")
    assert run(tmp_path, OPEN).wait(30) == 0
    *_, shown = (line for line in printed(tmp_path).splitlines() if line.startswith("['0'"))
    assert len(shown.split()) == 4, f"standard files and the folder itself, not {shown}"


def test_it_is_the_command_line(tmp_path: Path) -> None:
    with (tmp_path / "output").open("ab") as output:
        assert Forked("messaging.cli", ["frobnicate"], {}, tmp_path, output).wait(30) == 2
    assert "invalid choice: 'frobnicate'" in printed(tmp_path)


def test_it_is_killed_and_awaited(tmp_path: Path) -> None:
    process = run(tmp_path, SLEEPS)
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.1)
    deadline = time.monotonic() + 30
    while "awake" not in printed(tmp_path):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    assert process.wait(30) == -signal.SIGKILL
    assert not psutil.pid_exists(process.pid)
    process.kill()


def test_it_ends_with_the_template_and_the_next_has_another(tmp_path: Path) -> None:
    process = run(tmp_path, SLEEPS)
    seen = psutil.Process(process.pid)  # before it may be gone
    template = seen.parent()
    assert template is not None
    template.kill()
    assert psutil.wait_procs([seen], 30)[1] == []
    with pytest.raises(AssertionError, match="template"):
        process.wait(30)
    assert run(tmp_path, "print('again')").wait(30) == 0
