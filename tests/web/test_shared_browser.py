"""The browser that many tests share: none finds anything of another, and whatever happened to it, the next has one."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
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


async def _opened(browser: Browser, host: HostPages, name: str = "page", profile: str = "") -> Tab:
    host.pages["/page"] = "<!doctype html><link rel=icon href=data:,><title>Page</title><p>Bonjour"
    return await browser.open(name, f"{host.origin}/page", profile=profile)


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


async def test_a_page_that_was_being_opened_is_gone_too(shared: SharedBrowser) -> None:
    asking = set[str]()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
            asking.add(path)
            await reader.read()
            asking.remove(path)

    async with await asyncio.start_server(hold, "127.0.0.1", 0) as server:
        origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with chromium(shared) as browser:
            opening = asyncio.create_task(browser.open("page", f"{origin}/first"))
            await asyncio.sleep(0)
            opening.cancel()
        async with chromium(shared) as browser:
            opening = asyncio.create_task(browser.open("page", f"{origin}/second"))
            await until(lambda: "/second" in asking)
            await until(lambda: asking == {"/second"}, within_s=10)
            opening.cancel()


async def test_pages_opened_at_once_share_their_profile(shared: SharedBrowser) -> None:
    async with host_pages() as host, chromium(shared) as browser:
        first, second = await asyncio.gather(*(_opened(browser, host, name, "shared") for name in ("first", "second")))
        await first.run(KEEPS)
        assert await second.run(KEPT) == ["kept=1", 1]


async def test_what_failed_tells_what_the_page_shows(shared: SharedBrowser) -> None:
    async with host_pages() as host, chromium(shared) as browser:
        tab = await _opened(browser, host)
        with pytest.raises(AssertionError, match=r"no such thing(?s:.*)\nIt shows: Bonjour"):
            await tab.run("(() => { throw new Error('no such thing'); })()")


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


async def test_one_that_hangs_is_given_up_while_others_go_on(shared: SharedBrowser) -> None:
    gaps = list[float]()
    shared.answer_s = 3

    async def go_on() -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            gaps.append(time.monotonic() - before)

    async with host_pages() as host:
        async with chromium(shared):
            pass
        assert shared.pid is not None
        os.kill(shared.pid, signal.SIGSTOP)
        going_on = asyncio.create_task(go_on())
        async with chromium(shared) as browser:
            going_on.cancel()
            await (await _opened(browser, host)).sees("Bonjour")
    assert max(gaps) < 2


async def test_one_that_does_not_start_is_not_waited_for_without_end(
    shared: SharedBrowser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = tmp_path / "chromium"
    silent.write_text("#!/bin/sh\nexec cat <&3\n")
    silent.chmod(0o700)
    monkeypatch.setattr("tests.support.shared_browser.chromium_path", lambda **_: str(silent))
    monkeypatch.setattr("tests.support.shared_browser.START_S", 1)
    with pytest.raises(AssertionError, match="did not start"):
        await shared.connected()


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
    """Its first process, which starts the others; not the shell script that starts it."""
    return "--remote-debugging-pipe" in process.cmdline() and "chrom" in Path(process.exe()).name


def _runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
