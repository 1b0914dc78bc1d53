"""The scenes with small counts, over a real service: their figures are there and plausible, however slow."""

from pathlib import Path

import pytest

from bench.machine import Cores
from bench.scenes import busy_mailbox, idle_crowd, long_thread
from messaging.domain import limits

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("from_template")]


def test_a_long_thread(tmp_path: Path) -> None:
    long = long_thread(Cores.of_this_machine(), tmp_path / "service", 300)
    assert long.messages == 302, "the record, the first message, and those that were filled in"
    assert min(long.newest_page, long.page_back, long.send, long.short_thread_send) > 0


def test_a_mailbox_of_more_threads_than_one_initiator_opens(tmp_path: Path) -> None:
    busy = busy_mailbox(
        Cores.of_this_machine(), tmp_path / "service", limits.threads_opened_per_mailbox_per_day_max + 2
    )
    assert 0 < busy.welcome <= busy.listed
    assert busy.welcome_kib > 1


def test_a_crowd_that_says_nothing(tmp_path: Path) -> None:
    idle = idle_crowd(Cores.of_this_machine(), tmp_path / "service", 20, pairs=2, runs=1)
    assert min(idle.p99_without, idle.p99_with) > 0
