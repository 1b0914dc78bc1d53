"""A serving process goes through what it loaded once, not at every collection: that would stop everybody."""

import subprocess
import sys

import pytest

SETTLED = """
import gc
import messaging.app
from messaging.server import settle_memory
settle_memory()
cycle = []
cycle.append(cycle)
del cycle
print(gc.get_freeze_count(), len(gc.get_objects()), gc.collect())
"""


@pytest.mark.slow
def test_what_was_loaded_is_left_alone_and_cycles_are_still_found() -> None:
    done = subprocess.run([sys.executable, "-c", SETTLED], capture_output=True, text=True, check=True, timeout=60)
    frozen, watched, found = map(int, done.stdout.split())
    assert frozen > 50_000
    assert watched < 1_000
    assert found >= 1
