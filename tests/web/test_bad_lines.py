"""A conversation between an inbox and a widget on a bad line: nothing is lost, nothing doubled, and the order is kept.

One of the two speaks over a WebSocket, the other over HTTP, as where WebSockets are blocked.
"""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pytest

from messaging.domain.vocabulary import MailboxKind
from tests.faults.proxy import Proxy
from tests.support.browser import Browser, Tab, chromium
from tests.support.host_pages import host_pages
from tests.support.processes import ServiceProcess
from tests.support.scale import scaled
from tests.support.shared_browser import FULL
from tests.support.waiting import until
from tests.web.browsing import HOLDER, SECRETARY, code_kept, send

pytestmark = [pytest.mark.slow, pytest.mark.browser]

WHOLE: Final[Mapping[str, str]] = MappingProxyType({})
FRAME: Final[Mapping[str, str]] = MappingProxyType({"frame": "/widget/"})
TEXTS: Final = "[...document.querySelectorAll('.words')].map((each) => each.textContent)"
MENDED: Final = (("404 (Not Found)", "/v1/commands)"), ("409 (Conflict)", "/v1/vault)"))
"""What the service answers, and Chromium writes to the console, where an earlier answer was lost on the way: a command
on a stream that ended is sent on the next one, a vault that was stored already is read and stored again."""
MARKS_KEPT: Final = """void addEventListener('pageshow', (event) => {
    document.documentElement.dataset.kept = event.persisted;
})"""
WOKEN: Final = "void document.dispatchEvent(new Event('visibilitychange'))"
"""What a browser tells a page when a phone is taken out of a pocket: by then its sockets may long be dead."""


class Side:
    """Whoever writes, in whatever tab they have at the moment."""

    def __init__(
        self, name: str, browser: Browser, url: str, part: Mapping[str, str], *, beside: str, blocked: bool
    ) -> None:
        self.name = name
        self.part = part
        self.said: list[str] = []
        self.tab: Tab
        self._browser = browser
        self._url = url
        self._beside = beside
        self._blocked = blocked
        self._tabs = 1

    def another_tab(self) -> None:
        """Of the same browser: what is opened next is opened there."""
        self._tabs += 1

    async def come_in(self) -> None:
        """By the address that the platform gives."""
        self.tab = await self._browser.open(
            f"{self.name} {self._tabs}",
            self._url,
            profile=self.name,
            size=(1100, 820),
            beside=self._beside,
            blocked=self._blocked,
            worker=True,
        )

    async def come_back(self) -> None:
        """Into the conversation, which the widget shows by itself."""
        await self.come_in()
        if self.part is WHOLE:
            await self.tab.click(role="link", name="Médecin généraliste")

    async def write(self, *texts: str) -> None:
        for text in texts:
            await self.begin(text)
            # In the conversation: only now it is kept. The list shows it before, as a draft.
            await self.tab.has(css=f".words:text-is('{self.said[-1]}')", **self.part)

    async def begin(self, text: str) -> None:
        """Writes, and does not wait until it is kept."""
        mine = f"{self.name} : {text}"
        await send(self.tab, mine, **self.part)
        self.said.append(mine)

    async def woken(self) -> None:
        await self.tab.run(WOKEN, **self.part)

    async def texts(self) -> list[str]:
        await self.tab.gone(css=".message.waiting", **self.part)
        return list(await self.tab.run(TEXTS, **self.part))


class Both:
    """The two sides, and what must hold between them after each fault."""

    def __init__(self, *sides: Side) -> None:
        self.sides = sides

    async def write(self, *texts: str) -> None:
        for side in self.sides:
            await side.write(*texts)

    async def agree(self) -> None:
        """Each shows all that both wrote, once, in one order; each side’s own in the order in which it was written."""
        for reader in self.sides:
            for writer in self.sides:
                await reader.tab.sees(writer.said[-1], **reader.part)
        one, other = [await side.texts() for side in self.sides]
        assert one == other
        for side in self.sides:
            assert [text for text in one if text.startswith(side.name)] == side.said


@pytest.mark.soak
@pytest.mark.parametrize("blocked", ["mairie", "porteur"][: scaled(10)])
async def test_nothing_is_lost_on_a_bad_line(blocked: str, sqlite_url: str, tmp_path: Path) -> None:
    async with host_pages() as host:
        environment = {"PLI_EMBED_ORIGINS": host.origin}
        service = ServiceProcess(sqlite_url, tmp_path / "service", environment=environment)
        async with Proxy(service.port) as proxy:
            environment["PLI_ALLOWED_ORIGINS"] = proxy.url
            async with service, chromium(FULL) as browser:
                await service.register_mailbox("mairie", MailboxKind.TERRITORY)
                await service.register_mailbox("projet", MailboxKind.PROJECT)
                target = (await service.register_target("annonce", "mairie")).hex()
                token = service.token("camille", HOLDER)
                page = host.hold("/annonce", proxy.url, {"target": target}, token=token)
                inbox = f"{proxy.url}/inbox/#token={service.token('martine', SECRETARY)}"
                beside = f"{proxy.url} {host.origin}"
                town = Side("mairie", browser, inbox, WHOLE, beside=beside, blocked=blocked == "mairie")
                holder = Side("porteur", browser, page, FRAME, beside=beside, blocked=blocked == "porteur")
                both = Both(town, holder)
                await _begun(town, holder)
                await both.agree()
                await _reloaded_in_the_middle_of_a_send(both, proxy, tmp_path / "pli.sqlite3")
                await _two_tabs(both)
                await _airplane_mode(both, browser)
                await _restarted(both, service)
                await _silent(both, proxy)
                await _left_and_back(both, host.origin)
                assert [each for each in await browser.complaints() if not _is_mended(each)] == []


def _is_mended(complaint: str) -> bool:
    return any(all(part in complaint for part in answer) for answer in MENDED)


async def _begun(town: Side, holder: Side) -> None:
    await town.come_in()
    await code_kept(town.tab)
    await town.tab.button("Ouvrir la boîte")
    await town.tab.sees("Aucune conversation pour l’instant.")
    await holder.come_in()
    await code_kept(holder.tab, **FRAME)
    await holder.tab.fill("Votre premier message", "porteur : bonjour", **FRAME)
    await holder.tab.button("Envoyer", **FRAME)
    holder.said.append("porteur : bonjour")
    await town.tab.click(role="link", name="Médecin généraliste")
    await town.write("bonjour")


async def _reloaded_in_the_middle_of_a_send(both: Both, proxy: Proxy, database: Path) -> None:
    """The service has it, its answer never came, and the person reloads the page."""
    before = _events(database)
    proxy.mute()
    await both.write("avant de recharger")
    await until(lambda: _events(database) > before)
    await proxy.cut()
    proxy.unmute()
    for side in both.sides:
        await side.tab.reload()
    await both.agree()


async def _two_tabs(both: Both) -> None:
    """What is written in the second is sent by the first, until that is closed."""
    for side in both.sides:
        first = side.tab
        side.another_tab()
        await side.come_back()
        await side.write("du second onglet")
        await first.sees(side.said[-1], **side.part)
        await side.begin("et tout de suite fermé")
        await first.close()
        await side.write("seul")
    await both.agree()


async def _airplane_mode(both: Both, browser: Browser) -> None:
    for side in both.sides:
        await browser.offline(side.name, True)
    await both.write("un", "deux", "trois")
    for side in both.sides:
        await browser.offline(side.name, False)
    await both.agree()


async def _restarted(both: Both, service: ServiceProcess) -> None:
    await service.kill()
    await both.write("pendant l’arrêt")
    await service.start()
    for side in both.sides:
        await side.woken()
    await both.agree()


async def _silent(both: Both, proxy: Proxy) -> None:
    """The connections are dead, and nobody said so."""
    proxy.silence()
    await both.write("dans le vide")
    for side in both.sides:
        await side.woken()
    await both.agree()


async def _left_and_back(both: Both, elsewhere: str) -> None:
    """Each goes to another page, is written to, and comes back to the page as the browser kept it; then comes in anew
    instead, while the page that it left is still kept."""
    for side, other in zip(both.sides, reversed(both.sides), strict=True):
        await _leads_no_longer(side, other, elsewhere)
        await side.tab.run(MARKS_KEPT)
        await _leaves(side.tab, elsewhere)
        await other.write("pendant l’absence")
        # Once this is answered: it takes the page away that would answer.
        await side.tab.run("void setTimeout(() => history.back())")
        await side.tab.has(css="html[data-kept=true] body")
        if side.part is WHOLE:
            await side.tab.sees(other.said[-1])
            await side.write("me revoilà")
        else:
            await _typed_in_the_dark(side, other)
        await both.agree()
        await _leaves(side.tab, elsewhere)
        await side.come_back()
        await side.write("revenu par la porte")
        await both.agree()


async def _leads_no_longer(side: Side, other: Side, elsewhere: str) -> None:
    """The tab that holds the connection for both is left, and perhaps kept: the other one goes on."""
    left = side.tab
    side.another_tab()
    await side.come_back()
    await side.tab.sees(side.said[-1], **side.part)
    await _leaves(left, elsewhere)
    await other.write("à l’autre onglet")
    await side.write("qui continue")
    await Both(side, other).agree()
    await left.close()


async def _leaves(tab: Tab, elsewhere: str) -> None:
    await tab.run(f"void location.assign('{elsewhere}/ailleurs')")
    await tab.sees("Ailleurs")


async def _typed_in_the_dark(side: Side, other: Side) -> None:
    """Of a frame that a browser kept the tests see nothing more, but it has the focus, and what is typed arrives."""
    mine = f"{side.name} : me revoilà"
    await side.tab.type(mine)
    await side.tab.press("ControlOrMeta+Enter")
    side.said.append(mine)
    await other.tab.sees(mine, **other.part)
    await side.tab.reload()


def _events(database: Path) -> int:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as file:
        (count,) = file.execute("SELECT count(*) FROM events").fetchone()
    file.close()
    return int(count)
