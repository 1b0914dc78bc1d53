"""Pages that hold the widget and mean harm, or may not hold it at all; and calls of good pages at the wrong moment."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pytest

from tests.journeys.people import cast
from tests.support.browser import Browser, Tab, chromium
from tests.support.host_pages import HostPages, host_pages
from tests.support.server import running_service
from tests.web.browsing import HOLDER, code_kept, usable

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.hostile]

FRAME: Final[Mapping[str, str]] = MappingProxyType({"frame": "/widget/"})
DESKTOP: Final = (1100, 820)

FLOOD: Final = """(() => {
    const frame = document.querySelector('div[lang]').shadowRoot.querySelector('iframe').contentWindow;
    const shapes = [null, 0, '', 'pli:ready', [], {}, { type: 'boot' }, { type: 'given' },
        { type: 'shown', shown: true }, { type: 'given', id: 1, given: 'token' }, { type: 'given', id: {}, given: [] },
        { type: 'hide' }, { type: { toString: 1 } }, new Map([['type', 'boot']]),
        JSON.parse('{"__proto__": {"type": "boot", "polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}'),
        { type: 'boot', target: 'x'.repeat(5e6), lang: '__proto__', platformKey: {}, shown: 'yes' },
        { type: 'boot', target: '__proto__', lang: 'constructor', platformKey: '<img src=x>' }];
    for (let round = 0; round < 300; round += 1) {
        for (const shape of round < 2 ? shapes : shapes.slice(0, -2)) {
            frame.postMessage(shape, '*');
            window.port.postMessage(shape);
            window.postMessage(shape, '*');
        }
    }
    for (const shape of shapes) {
        const { port1, port2 } = new MessageChannel();
        window.theirs = (window.theirs ?? 0);
        port1.onmessage = () => { window.theirs += 1 };
        frame.postMessage(typeof shape === 'object' ? { ...shape, type: 'boot' } : shape, '*', [port2]);
    }
})()"""
"""Everything but what the loader says, at the frame, at the loader and through the channel between them, of which the
page has got hold; and channels of the page's own."""

CALLS: Final = """
    const Real = MessageChannel;
    window.MessageChannel = function () { const made = new Real(); window.port = made.port1; return made };
    Pli('show'); Pli('hide'); Pli('show');
    Pli('on', '__proto__', () => { window.polluted = 1 });
    Pli('on', 'constructor', () => 0);
    Pli('boot', { token: 'none' });
    Pli('boot', { token: () => '', target: 'x' });
    Pli('unheard of');
    Pli();
    Pli({ toString: null });
    Pli('on', 'unread', () => { throw new Error('of the page itself') });
"""
"""What pages say before the loader is there, right and wrong; and how one gets hold of the loader's channel."""


async def test_pages_that_mean_harm(sqlite_url: str, tmp_path: Path) -> None:
    async with (
        host_pages() as host,
        host_pages() as stranger,
        running_service(sqlite_url, tmp_path, with_worker=False, embed_origins=[host.origin]) as service,
        chromium() as browser,
    ):
        people = await cast(service)
        options = {"target": people.listing.hex()}
        async with people.secretary.online() as secretary:
            await secretary.client.found(people.village)
            token = service.token("camille", HOLDER)
            await _nobody_signed_in(browser, host, service.url, options, tmp_path)
            await _stranger(browser, stranger, service.url, options, token)
            page = host.hold("/annonce", service.url, options, token=token, calls=CALLS)
            tab = await browser.open("annonce", page, size=DESKTOP, beside=service.url)
            await code_kept(tab, **FRAME)
            await _refused_calls(tab)
            await _flooded(tab)
            await tab.fill("Votre premier message", "Toujours entier", **FRAME)
            await tab.button("Envoyer", **FRAME)
            await secretary.reads("Toujours entier")
            await tab.run("Pli('shutdown')")
            assert await tab.run("document.querySelector('div[lang]')") is None
            await tab.run("Pli('show')")
            own = ("Pli: no such call", "of the page itself")
            assert [each for each in await browser.complaints() if not any(mark in each for mark in own)] == []


async def _nobody_signed_in(
    browser: Browser, host: HostPages, service: str, options: Mapping[str, str], shots: Path
) -> None:
    """The page says so calmly, and asks again when told to."""
    page = host.hold("/inconnu", service, options, token=None)
    tab = await browser.open("inconnu", page, size=DESKTOP, beside=service)
    await tab.sees("La page ne vous a pas identifié.", **FRAME)
    await usable(tab, shots / "60-widget-nobody.png", **FRAME)
    await tab.button("Réessayer", **FRAME)
    await tab.sees("La page ne vous a pas identifié.", **FRAME)
    assert await browser.complaints() == []
    await tab.close()


async def _stranger(
    browser: Browser, stranger: HostPages, service: str, options: Mapping[str, str], token: str
) -> None:
    """A page of an origin that may not hold the widget gets an empty frame, and its token is not asked for."""
    page = stranger.hold("/piege", service, options, token=token)
    stranger.pages["/piege"] = stranger.pages["/piege"].replace("token: () =>", "token: () => (window.asked = 1) &&")
    tab = await browser.open("piège", page, size=DESKTOP, beside=service)
    await tab.has(css="iframe")
    complaints: list[str] = []
    while not complaints:
        complaints = await browser.complaints()
    assert all("frame-ancestors" in each for each in complaints)
    assert await tab.run("window.asked") is None
    await tab.close()


async def _refused_calls(tab: Tab) -> None:
    """A wrong call is an error of the page’s, and changes nothing."""
    for call in ("'boot', { token: 1 }", "'boot', null", "'on', 'unread'", "'__proto__'"):
        failed = f"(() => {{ try {{ Pli({call}); return '' }} catch (error) {{ return error.name }} }})()"
        assert await tab.run(failed) == "TypeError"
    assert await tab.run("[window.polluted, ({}).polluted, Object.prototype.type]") == [None, None, None]


async def _flooded(tab: Tab) -> None:
    await tab.run(FLOOD)
    await tab.has(label="Votre premier message", **FRAME)
    assert await tab.run("[({}).polluted, document.title]", **FRAME) == [None, "Pli"]
    assert await tab.run("window.theirs") == 0, "the frame spoke into a channel of the page's own making"
