"""What the bench starts, begun from the template of all processes (`forking`): its servers, generators and migrations.

They are the processes that the bench starts by itself, on the same cores, but that none of them loads its modules anew:
a short bench starts thirty, and each would take more than a second of a core before it did anything.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

from messaging.app import system_entropy
from messaging.config import Settings
from tests.support.forking import Forked
from tests.support.schema import prepared

_PLI: Final = "pli"


class Started(Forked):
    """What `bench.servers` asks of a process."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], errors: IO[bytes]) -> None:
        reading, writing = os.pipe()
        with os.fdopen(writing, "wb") as output:
            cores = os.sched_getaffinity(0)
            super().__init__(*_called(command), environment, Path.cwd(), output, errors=errors, cores=cores)
        self.stdout = os.fdopen(reading)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def communicate(self, timeout: float | None = None) -> None:
        """Raises: subprocess.TimeoutExpired."""
        self.wait(timeout)
        self.stdout.close()


class FromTemplate:
    """Stands in for the module `subprocess` in `bench.servers` and `bench.rounds`. What is no Python starts as ever."""

    PIPE: Final = subprocess.PIPE
    DEVNULL: Final = subprocess.DEVNULL
    TimeoutExpired: Final = subprocess.TimeoutExpired

    @staticmethod
    def Popen(command: Sequence[str], *, env: Mapping[str, str], stderr: Any, **options: Any) -> Any:  # noqa: N802
        if not _is_ours(command):
            return subprocess.Popen(command, env=env, stderr=stderr, **options)
        return Started(command, env, stderr)

    @staticmethod
    def run(
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        input: bytes = b"",
        timeout: float | None = None,
        **_: object,
    ) -> "subprocess.CompletedProcess[bytes]":
        environment = os.environ if env is None else env
        if command[1:] == ["migrate"]:
            asyncio.run(prepared(Settings.from_env(environment), system_entropy))
            return subprocess.CompletedProcess(command, 0)
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write(input)
            given.seek(0)
            cores = os.sched_getaffinity(0)
            running = Forked(*_called(command), environment, Path.cwd(), out, reads=given, errors=err, cores=cores)
            try:
                code = running.wait(timeout)
            finally:
                running.kill()
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(command, code, out.read(), err.read())


async def carried_out(module: str, *arguments: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    """`python -m module arguments` to its end, in the folder of the tests, with that on its standard input."""
    with tempfile.TemporaryFile() as reads, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        reads.write(given)
        reads.seek(0)
        running = Forked(module, arguments, os.environ, Path.cwd(), out, reads=reads, errors=err)
        try:
            code = await asyncio.to_thread(running.wait)
        finally:
            running.kill()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess([module, *arguments], code, out.read(), err.read())


def _is_ours(command: Sequence[str]) -> bool:
    return Path(command[0]).name == _PLI or command[0] == sys.executable


def _called(command: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The module of a command, and its arguments."""
    if Path(command[0]).name == _PLI:
        return "messaging.cli", command[1:]
    assert command[1] == "-m", command
    return command[2], command[3:]
