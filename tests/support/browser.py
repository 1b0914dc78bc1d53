"""Real Chromium in the hands of a test: pages that are opened, clicked and read, and what they complained of."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from messaging.web import STATIC
from tests.support.orders import Ordered
from tests.support.shared_browser import SHARED, SharedBrowser

WAIT_S: Final = 60.0
PHONE: Final = (390, 844)


class Browser(Ordered):
    """Takes orders for pages by name; see `clients/web/src/drive/browser.ts`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(reader, writer, WAIT_S)

    async def open(
        self,
        page: str,
        url: str,
        *,
        profile: str = "",
        size: tuple[int, int] = PHONE,
        beside: str = "",
        blocked: bool = False,
        worker: bool = False,
        script: str = "",
    ) -> "Tab":
        """A page of that name; those of one profile share what a browser keeps. `beside`: other origins than its
        own that it may ask, with spaces between; `blocked`: whether the network lets no WebSocket through. `worker`:
        whether the inbox gets its service worker, which reads and keeps all its files, at more cost than most of what
        tests look at. `script`: runs before those of each page of the profile."""
        width, height = size
        place = {"profile": profile or page, "width": width, "height": height}
        await self.order(
            "open", page=page, url=url, beside=beside, blocked=blocked, worker=worker, script=script, **place
        )
        return Tab(self, page)

    async def complaints(self) -> list[str]:
        """What consoles said since the last asking: warnings, errors, refusals of a policy."""
        return list(await self.order("complaints"))

    async def offline(self, profile: str, offline: bool) -> None:
        await self.order("offline", profile=profile, offline=offline)

    async def before(self, profile: str, script: str) -> None:
        """Runs a script in each page of a profile from now on, before any of its own."""
        await self.order("before", profile=profile, script=script)


class Tab:
    """One page. A part of it is found by `role` and `name`, `label`, `text` or `css`; in a frame by `frame`."""

    def __init__(self, browser: Browser, page: str) -> None:
        self.browser = browser
        self._page = page

    async def click(self, **part: str) -> None:
        await self._order("click", **part)

    async def reach(self, **part: str) -> None:
        """Tab leads there; each stop on the way shows its focus."""
        await self._order("reach", **part)

    async def button(self, name: str, **part: str) -> None:
        await self._order("click", role="button", name=name, **part)

    async def check(self, label: str, **part: str) -> None:
        await self._order("check", label=label, **part)

    async def fill(self, label: str, value: str, **part: str) -> None:
        await self._order("fill", value=value, **{"role": "textbox", "name": label, **part})

    async def fill_in(self, value: str, **part: str) -> None:
        """What is no text box: a time, a number."""
        await self._order("fill", value=value, **part)

    async def search(self, label: str, value: str) -> None:
        await self._order("fill", role="searchbox", name=label, value=value)

    async def press(self, key: str) -> None:
        await self._order("press", key=key)

    async def type(self, text: str) -> None:
        """Where the focus is."""
        await self._order("type", text=text)

    async def sees(self, text: str, **part: str) -> None:
        await self._order("see", text=text, **part)

    async def has(self, **part: str) -> None:
        await self._order("see", **part)

    async def gone(self, **part: str) -> None:
        await self._order("gone", **part)

    async def read(self, **part: str) -> str:
        return str(await self._order("read", **part))

    async def run(self, script: str, **part: str) -> Any:
        return await self._order("run", script=script, **part)

    async def hears(self, text: str, **part: str) -> None:
        """A screen reader says this by itself, or did since the page was loaded."""
        said: list[str] = []
        for _ in range(300):
            said = await self.run("window.heard", **part)
            if any(text in each for each in said):
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"{text} was not among {said}")

    async def back(self) -> None:
        """To where the browser was before."""
        await self._order("back")

    async def permit_notifications(self) -> None:
        await self._order("permit")

    async def pushed(self, data: str) -> None:
        """A push for the page's service worker, as the browser hands it over."""
        await self._order("push", data=data)

    async def run_in_worker(self, script: str) -> Any:
        return await self._order("runInWorker", script=script)

    async def workers(self) -> list[str]:
        """The addresses of the workers that run for it."""
        return list(await self._order("workers"))

    async def slow_down(self, times: float) -> None:
        """Lets its own thread compute so many times more slowly, as a weak phone does; 1: as fast as it can."""
        await self._order("slow", times=times)

    async def go(self, url: str) -> None:
        await self._order("go", url=url)

    async def reload(self) -> None:
        await self._order("reload")

    async def close(self) -> None:
        await self._order("close")

    @property
    def keyboard(self) -> "Keyboard":
        return Keyboard(self)

    async def violations(self, **part: str) -> list[str]:
        """What is wrong with the page or a frame of it for some people, in light and dark, from 320 to 1280 px."""
        return list(await self._order("audit", **part))

    async def read_value(self, label: str, **part: str) -> str:
        """What a field holds."""
        return str(await self._order("value", role="textbox", name=label, **part))

    async def shot(self, path: Path, *, on_paper: bool = False) -> None:
        """For those who look: taken where `PLI_SHOTS` names a folder. `on_paper`: as it would be printed."""
        if "PLI_SHOTS" not in os.environ:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        await self._order("shot", path=str(path), print=on_paper)

    async def _order(self, do: str, **fields: Any) -> Any:
        return await self.browser.order(do, page=self._page, **fields)


class Keyboard(Tab):
    """The same page for somebody who has a keyboard alone."""

    def __init__(self, tab: Tab) -> None:
        super().__init__(tab.browser, tab._page)

    async def click(self, **part: str) -> None:
        await self.reach(**part)
        await self.press("Enter")

    async def check(self, label: str, **part: str) -> None:
        await self.reach(label=label, **part)
        await self.press("Space")

    async def fill(self, label: str, value: str, **part: str) -> None:
        """Instead of what the field holds."""
        await self.reach(**{"role": "textbox", "name": label, **part})
        await self.press("ControlOrMeta+A")
        await self.type(value)


@contextlib.asynccontextmanager
async def chromium(shared: SharedBrowser = SHARED) -> AsyncIterator[Browser]:
    """A visit to the Chromium of this process: what it opens is its own, and gone when the block ends."""
    assert (STATIC / "inbox.html").is_file(), "the web client is not built: make web"
    browser = Browser(*await shared.connected())
    try:
        yield browser
    finally:
        await browser.ended()
