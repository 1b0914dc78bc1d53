"""Processes that begin where `pli` has loaded its modules: that takes a second of a core, and tests start hundreds.

A process of pytest has one template, which loads what `pli` loads before it reads its arguments, and forks for each
start. What was forked is a process like any other, with the arguments, the environment, the folder and the output that
its test gives it and nothing else of the template: to be killed, paused and awaited, and dead when the test's is. How
`pli` comes up without it is tried by those who run it as people do (`tests/hostile/test_cli.py`, the chat, the demo).
"""

import atexit
import contextlib
import ctypes
import gc
import json
import os
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

_ROOT: Final = Path(__file__).parents[2]
_REQUEST_BYTES_MAX: Final = 200_000
_PR_SET_PDEATHSIG: Final = 1
_ENDED: Final = (signal.SIGCHLD,)
_NUMBER: Final = struct.Struct("=i")
"""How the template tells a process's id, and its exit code when it has ended."""


class Forked:
    """One process; what `subprocess.Popen` calls the same does the same."""

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        output: IO[bytes],
        *,
        reads: IO[bytes] | None = None,
        errors: IO[bytes] | None = None,
        cores: Collection[int] = (),
    ) -> None:
        """Runs `python -m module arguments`. `output`: where its standard output goes, and its standard error, unless
        there are `errors`. `reads`: its standard input; else it has none. `cores`: those on which it may run.
        """
        self.returncode: int | None = None
        self._told, telling = os.pipe()
        request = {
            "module": module,
            "arguments": [*arguments],
            "environment": {**environment},
            "folder": str(folder),
            "cores": [*cores],
        }
        nothing = os.open(os.devnull, os.O_RDONLY)
        given = (nothing if reads is None else reads.fileno(), output.fileno(), (errors or output).fileno())
        try:
            _TEMPLATE.ask(json.dumps(request).encode(), [*given, telling])
        finally:
            os.close(nothing)
            os.close(telling)
        self.pid = self._read()

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        if self.returncode is None and self._ends_within(0.0):
            self._end()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Raises: subprocess.TimeoutExpired."""
        if self.returncode is None:
            if not self._ends_within(timeout):
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
            self._end()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ends_within(self, seconds: float | None) -> bool:
        told = select.poll()
        told.register(self._told, select.POLLIN)
        return bool(told.poll(None if seconds is None else seconds * 1_000))

    def _end(self) -> None:
        self.returncode = self._read()
        os.close(self._told)

    def _read(self) -> int:
        said = os.read(self._told, _NUMBER.size)
        assert said, "the template of all processes ended"
        number: int = _NUMBER.unpack(said)[0]
        return number


class _Template:
    """As the test's process sees it. Runs from the first request on."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None

    def ask(self, request: bytes, files: Sequence[int]) -> None:
        if self._process is None or self._process.poll() is not None:
            self._start()
        assert self._line is not None
        socket.send_fds(self._line, [request], files)

    def _start(self) -> None:
        """In the thread of the tests: with the thread that started it, it would end."""
        if self._line is not None:
            self._line.close()
        self._line, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with other:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-m", __name__],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (_ROOT, _ROOT / "clients" / "python")))},
                stdin=other.fileno(),
            )

    def end(self) -> None:
        if self._process is not None and self._line is not None:
            self._line.close()
            self._process.wait()


_TEMPLATE: Final = _Template()
atexit.register(_TEMPLATE.end)


def _forked() -> dict[str, Any]:
    """Forks for each request; returns in the process that was forked, with what it is to run."""
    libc, own, running = ctypes.CDLL(None), os.getpid(), dict[int, int]()

    def tell(_number: int, _frame: object) -> None:
        for pid in list(running):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                telling = running.pop(pid)
                _say(telling, os.waitstatus_to_exitcode(status))
                os.close(telling)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for pytest, whose tests end what they started
    signal.signal(signal.SIGCHLD, tell)
    requests = socket.socket(fileno=0)
    while True:
        asked, files, _, _ = socket.recv_fds(requests, _REQUEST_BYTES_MAX, 4)
        if not asked:
            os._exit(0)  # the test's process ended
        *standard, telling = files
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDED)
        pid = os.fork()
        if pid == 0:
            break
        for own_file in standard:
            os.close(own_file)
        running[pid] = telling
        _say(telling, pid)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDED)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != own:
        os._exit(1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDED)
    requests.detach()
    for own_file, of_test in enumerate(standard):
        os.dup2(of_test, own_file)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    request: dict[str, Any] = json.loads(asked)
    return request


def _say(telling: int, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # nobody waits for it any more
        os.write(telling, _NUMBER.pack(number))


def _main() -> None:
    gc.disable()
    from messaging.cli import line  # noqa: F401 - as `pli` does

    gc.freeze()
    request = _forked()
    gc.enable()
    if request["cores"]:
        os.sched_setaffinity(0, request["cores"])
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = [request["module"], *request["arguments"]]
    runpy.run_module(request["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
