"""Real Chromium in the hands of a test: pages that are opened, clicked and read, and what they complained of."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from messaging.web import STATIC
from tests.support.chromium import chromium_path
from tests.support.web import NODE, WEB

WAIT_S: Final = 60.0
PHONE: Final = (390, 844)


class Browser:
    """Takes orders for pages by name; see `clients/web/src/drive/browser.ts`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._next = 1
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._reading = asyncio.create_task(self._read())

    async def open(
        self, page: str, url: str, *, profile: str = "", size: tuple[int, int] = PHONE, beside: str = ""
    ) -> "Tab":
        """A page of that name; those of one profile share what a browser keeps. `beside`: another origin than its own
        that it may ask."""
        width, height = size
        place = {"profile": profile or page, "width": width, "height": height}
        await self.order("open", page=page, url=url, beside=beside, **place)
        return Tab(self, page)

    async def complaints(self) -> list[str]:
        """What consoles said since the last asking: warnings, errors, refusals of a policy."""
        return list(await self.order("complaints"))

    async def offline(self, profile: str, offline: bool) -> None:
        await self.order("offline", profile=profile, offline=offline)

    async def order(self, do: str, **fields: Any) -> Any:
        """Raises: AssertionError."""
        number, self._next = self._next, self._next + 1
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"id": number, "do": do, **fields}).encode() + b"\n")
        await self._process.stdin.drain()
        async with asyncio.timeout(WAIT_S):
            return await answer

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            news = json.loads(line)
            future = self._waiting.pop(news["id"])
            if "failed" in news:
                future.set_exception(AssertionError(news["failed"]))
            else:
                future.set_result(news["outcome"])


class Tab:
    """One page. A part of it is found by `role` and `name`, `label`, `text` or `css`; in a frame by `frame`."""

    def __init__(self, browser: Browser, page: str) -> None:
        self.browser = browser
        self._page = page

    async def click(self, **part: str) -> None:
        await self._order("click", **part)

    async def button(self, name: str, **part: str) -> None:
        await self._order("click", role="button", name=name, **part)

    async def check(self, label: str, **part: str) -> None:
        await self._order("check", label=label, **part)

    async def fill(self, label: str, value: str, **part: str) -> None:
        await self._order("fill", role="textbox", name=label, value=value, **part)

    async def press(self, key: str) -> None:
        await self._order("press", key=key)

    async def sees(self, text: str, **part: str) -> None:
        await self._order("see", text=text, **part)

    async def has(self, **part: str) -> None:
        await self._order("see", **part)

    async def read(self, **part: str) -> str:
        return str(await self._order("read", **part))

    async def run(self, script: str) -> Any:
        return await self._order("run", script=script)

    async def reload(self) -> None:
        await self._order("reload")

    async def close(self) -> None:
        await self._order("close")

    async def violations(self, **part: str) -> list[str]:
        """What axe-core finds wrong with the page, or a frame of it."""
        return list(await self._order("axe", **part))

    async def shot(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        await self._order("shot", path=str(path))

    async def _order(self, do: str, **fields: Any) -> Any:
        return await self.browser.order(do, page=self._page, **fields)


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    assert (STATIC / "inbox.html").is_file(), "the web client is not built: make web"
    process = await asyncio.create_subprocess_exec(
        str(NODE),
        "src/drive/browser.ts",
        chromium_path(),
        cwd=WEB,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    try:
        yield Browser(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
