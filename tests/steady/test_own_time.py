"""The clock by which the other tests here judge: it stands still while a process waits for a core, and only then."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Final

import pytest

from tests.steady.own_time import OwnTime

pytestmark = pytest.mark.slow

LOOK_S: Final = 1.0
_SPIN: Final = "print(flush=True)\nwhile True: pass"


@pytest.fixture
def rivals() -> Iterator[list[int]]:
    """Processes that want one core all the time, three of them."""
    core = str(min(os.sched_getaffinity(0)))
    command = ["setpriv", "--pdeathsig", "KILL", "--", "taskset", "-c", core, sys.executable, "-c", _SPIN]
    spinning = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
    try:
        for each in spinning:
            assert each.stdout is not None
            each.stdout.readline()
        yield [each.pid for each in spinning]
    finally:
        for each in spinning:
            each.kill()
            each.communicate()


def test_it_stands_still_while_others_have_the_core(rivals: list[int]) -> None:
    own = OwnTime(rivals[0])
    began, used, wall = own.now(), own.used(), time.monotonic()
    time.sleep(LOOK_S)
    taken, used, wall = own.now() - began, own.used() - used, time.monotonic() - wall
    assert taken < 0.7 * wall
    assert used < 0.7 * wall


def test_it_goes_on_while_the_process_sleeps() -> None:
    with subprocess.Popen(["sleep", "60"]) as sleeping:
        own = OwnTime(sleeping.pid)
        began = own.now()
        time.sleep(LOOK_S)
        taken = own.now() - began
        sleeping.kill()
    assert taken > 0.9 * LOOK_S
