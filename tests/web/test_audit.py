"""The audit that every page must pass finds each kind of fault, though it asks no rule in all looks."""

from typing import Final

import pytest

from tests.support.browser import chromium
from tests.support.host_pages import host_pages

pytestmark = [pytest.mark.slow, pytest.mark.browser]

FAULTLESS: Final = """<!doctype html><html lang=fr><meta name=viewport content="width=device-width"><title>Page</title>
<link rel=icon href=data:,>
<style>
    :root { color-scheme: light dark; --paper: #fff; --ink: #111; --said: #333; }
    @media (prefers-color-scheme: dark) { :root { --paper: #111; --ink: #eee; --said: #ccc; } }
    body { background: var(--paper); color: var(--ink); font: 16px sans-serif; margin: 0 }
    button { min-width: 44px; min-height: 44px; margin: 8px }
    .wide { display: none }
    @media (width >= 56rem) { .wide { display: block } }
    %s
</style><main><h1>Page</h1><p>Bonjour</p><p class=wide>Au large</p><button>Oui</button><button>Non</button>%s</main>"""
PIXEL: Final = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="


FAULTS: Final = (
    ("", "", "", ""),
    ("p { color: #999 }", "", "color-contrast", "320 light, 1280 light"),
    (
        "@media (prefers-color-scheme: dark) { :root { --ink: #333 } } h1, button { color: var(--said) }",
        "",
        *("color-contrast", "320 dark, 1280 dark"),
    ),
    ("@media (prefers-color-scheme: dark) { .wide { color: #333 } }", "", "color-contrast", "1280 dark"),
    ("", f"<img src={PIXEL}>", "image-alt", "320 light, 1280 light"),
    ("", f"<img class=wide src={PIXEL}>", "image-alt", "1280 light"),
    (
        "button { min-width: 0; min-height: 0; width: 8px; height: 8px; padding: 0; margin: 0 }",
        "",
        *("target-size", "320 light, 1280 light, 390 light"),
    ),
    (
        "div { height: calc(500px - 100vw); overflow: auto } @media (width >= 56rem) { div { height: auto } }",
        f"<div>{'Une ligne<br>' * 8}</div>",
        *("scrollable-region-focusable", "390 light"),
    ),
    ("i { display: block; width: 350px }", "<i>Trop large</i>", "wider than the screen", "320 light, 320 dark"),
    (
        "h1 { transition: margin 1s }",
        "",
        "moves, although less motion is asked for",
        "320 light, 320 dark, 1280 light, 1280 dark, 390 light",
    ),
)
"""Styles and contents, the rule that finds something in them, and the looks in which it does."""


async def test_each_kind_of_fault_is_found() -> None:
    async with host_pages() as host, chromium() as browser:
        host.pages["/page"] = FAULTLESS % ("", "")
        tab = await browser.open("page", f"{host.origin}/page")
        for style, inside, rule, looks in FAULTS:
            host.pages["/page"] = FAULTLESS % (style, inside)
            await tab.reload()
            violations = await tab.violations()
            assert {each.split(":")[0] for each in violations} == ({rule} if rule else set())
            assert ", ".join(each.rpartition(" (")[2][:-1] for each in violations) == looks
