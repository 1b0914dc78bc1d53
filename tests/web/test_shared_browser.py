"""The browser that many tests share: none finds anything of another, and whatever happened to it, the next has one."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.browser import Browser, Tab, chromium
from tests.support.host_pages import HostPages, host_pages
from tests.support.shared_browser import SharedBrowser
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.browser]

ROOT = Path(__file__).parents[2]
HANGS = "(() => { for (;;); })()"
KEEPS = "document.cookie = 'kept=1'; localStorage.setItem('kept', '1'); console.error('complained')"
KEPT = "[document.cookie, localStorage.length]"
HOLDS = """
import asyncio
from tests.support.shared_browser import SHARED
asyncio.run(SHARED.connected())
print(SHARED.pid, flush=True)
input()
"""


@pytest.fixture
def shared() -> Iterator[SharedBrowser]:
    """One of its own: others’ is not to be killed."""
    browser = SharedBrowser()
    yield browser
    browser.end()


async def _opened(browser: Browser, host: HostPages) -> Tab:
    host.pages["/page"] = "<!doctype html><link rel=icon href=data:,><title>Page</title><p>Bonjour"
    return await browser.open("page", f"{host.origin}/page")


async def test_what_a_test_leaves_no_other_finds(shared: SharedBrowser) -> None:
    async with host_pages() as host:
        async with chromium(shared) as browser:
            await (await _opened(browser, host)).run(KEEPS)
        first = shared.pid
        async with chromium(shared) as browser:
            tab = await _opened(browser, host)
            assert await tab.run(KEPT) == ["", 0]
            assert await browser.complaints() == []
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await tab.run(HANGS)
        async with chromium(shared) as browser:
            await (await _opened(browser, host)).sees("Bonjour")
            assert await browser.complaints() == []
        assert shared.pid == first is not None


async def test_what_died_is_started_anew(shared: SharedBrowser) -> None:
    async with host_pages() as host:
        async with chromium(shared) as browser:
            tab = await _opened(browser, host)
            _chromium_of(shared).kill()
            with pytest.raises(AssertionError):
                while True:
                    await tab.run(KEPT)
        async with chromium(shared) as browser:
            tab = await _opened(browser, host)
            assert shared.pid is not None
            os.kill(shared.pid, signal.SIGKILL)
            with pytest.raises(AssertionError, match="ended"):
                await tab.run(HANGS)
        async with chromium(shared) as browser:
            await (await _opened(browser, host)).sees("Bonjour")


async def test_it_ends_with_who_started_it() -> None:
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDS, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    program = psutil.Process(int(await holder.stdout.readline()))
    everything = [program, *program.children(recursive=True)]
    assert any(_is_chromium(each) for each in everything)
    holder.kill()
    await holder.wait()
    await until(lambda: not any(map(_runs, everything)))


def _chromium_of(shared: SharedBrowser) -> psutil.Process:
    return next(filter(_is_chromium, psutil.Process(shared.pid).children(recursive=True)))


def _is_chromium(process: psutil.Process) -> bool:
    """Its first process, which starts the others."""
    return "--remote-debugging-pipe" in process.cmdline()


def _runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
