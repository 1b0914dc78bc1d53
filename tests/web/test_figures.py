"""The page of figures: the same on the screen, in its file and over HTTP; usable by everybody; for nobody else."""

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.browser import Browser, Tab, chromium
from tests.support.server import NO_TLS, RunningService, running_service
from tests.web.browsing import MAYOR, usable
from tests.web.figures import published

pytestmark = [pytest.mark.slow, pytest.mark.browser]

DESKTOP = (1280, 800)
KEY = ("kind", "period", "table", "row", "column", "measure")
SHOWN = """[...document.querySelectorAll('[data-cell]')].map(
    (each) => [...JSON.parse(each.dataset.cell), each.textContent])"""
KEEP = """
    const make = URL.createObjectURL;
    URL.createObjectURL = (blob) => { void blob.text().then((text) => { window.kept = text; }); return make(blob); };
"""
"""Keeps the text of a file that the page has the browser keep."""
VIEWS = (
    "?period=2024",
    "?period=2024&by=region&is=84",
    "?period=2025&by=profession&is=Sant%C3%A9",
    "?period=2025-03",
    "?period=2025-03&by=tier&is=500-1999",
)


async def test_the_screen_the_file_and_the_interface_tell_the_same(sqlite_url: str, tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, chromium() as browser:
        await published(service.service.store, 4_000)
        told = await _over_http(service)
        tab = await _opened(service, browser, size=DESKTOP)
        for number, view in enumerate(VIEWS):
            await tab.go(f"{service.url}/figures/{view}")
            await tab.has(css="[data-cell]")
            await _same(tab, told)
            await tab.shot(shots / f"8{number}-figures.png")
        assert await browser.complaints() == []


async def _over_http(service: RunningService) -> dict[tuple[str, ...], float | None]:
    headers = {"authorization": f"Bearer {service.idp.reporting_token()}"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, verify=NO_TLS) as http:
        newest = (await http.get("/v1/figures")).json()
        years = {year: (await http.get(f"/v1/figures?year={year}")).json()["cells"] for year in newest["years"]}
        assert (await http.get("/v1/figures?year=26")).status_code == 400
        assert (await http.get("/v1/figures?year=1999")).json()["cells"] == []
    assert newest["cells"] == years[newest["years"][-1]]
    assert all(cell["period"].startswith(year) for year, cells in years.items() for cell in cells)
    return {tuple(cell[name] for name in KEY): cell["value"] for cells in years.values() for cell in cells}


async def _opened(service: RunningService, browser: Browser, **how: Any) -> Tab:
    url = f"{service.url}/figures/#token={service.idp.reporting_token()}"
    return await browser.open("figures", url, script=KEEP, **how)


async def _same(tab: Tab, told: dict[tuple[str, ...], float | None]) -> None:
    shown = [(tuple(key), text) for *key, text in await tab.run(SHOWN)]
    await tab.run("delete window.kept")
    await tab.button("Télécharger en CSV")
    text = await tab.run(
        "new Promise((resolve) => { const look = () => window.kept ? resolve(window.kept) : "
        "setTimeout(look, 20); look(); })"
    )
    lines = {tuple(line[name] for name in KEY): line["value"] for line in csv.DictReader(io.StringIO(text, newline=""))}
    assert len(shown) > 30
    assert {key for key, _ in shown} == lines.keys()
    for key, words in shown:
        assert lines[key] == ("" if told[key] is None else json.dumps(told[key]).removesuffix(".0"))
        assert words == _in_french(key[-1], told[key])


def _in_french(measure: str, value: float | None) -> str:
    if value is None:
        never = "pas de réponse" if measure.startswith("contacts_") else "n.\u00a0p."
        return "plus de 90 jours" if "days" in measure else never
    if "rate" in measure:
        tenths = int(value * 1_000 + 0.5)
        return f"{tenths // 10},{tenths % 10}\u00a0%"
    grouped = f"{int(value):,}".replace(",", "\u202f")
    return grouped if "days" not in measure else f"{grouped}\u00a0jour{'s' if value >= 2 else ''}"


async def test_every_state_for_everybody_and_by_keyboard(sqlite_url: str, tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, chromium() as browser:
        await _for_nobody_else(service, browser, shots)
        tab = await _opened(service, browser)
        await tab.sees("Rien n’est publié pour l’instant.")
        await usable(tab, shots / "62-figures-nothing.png")
        await published(service.service.store, 900)
        await tab.reload()
        await tab.sees("n.\u00a0p.\u00a0: non publié")
        assert "token" not in await tab.run("location.href")
        await _by_keyboard(tab)
        await tab.has(css="form.choices")
        await tab.has(css=".bars .drawn-bar")
        await tab.has(css=".months .drawn-line")
        await tab.has(css="ul.legend")
        await usable(tab, shots / "63-figures-month.png")
        await tab.go(f"{service.url}/figures/?period=2024")
        await tab.has(css=".map ul")
        await tab.click(css=".facts .defined")
        await tab.sees("Indicateur 1")
        await usable(tab, shots / "64-figures-definition.png")
        await tab.shot(shots / "65-figures-paper.png", on_paper=True)
        assert await browser.complaints() == []


async def _for_nobody_else(service: RunningService, browser: Browser, shots: Path) -> None:
    """Without a token, with a person’s, and with one that is none: no figure, and nothing kept."""
    asked = "Pour lire les chiffres, connectez-vous sur la plateforme."
    tab = await browser.open("nobody", f"{service.url}/figures/")
    await tab.sees(asked)
    await usable(tab, shots / "60-figures-signed-out.png")
    assert await browser.complaints() == []
    for token, says in ((service.token("yves", MAYOR), "Ce compte n’a pas accès"), ("e30.e30.e30", asked)):
        tab = await browser.open("other", f"{service.url}/figures/#token={token}")
        await tab.sees(says)
        assert await tab.run("document.querySelectorAll('[data-cell]').length + sessionStorage.length") == 0
        await tab.close()
    assert all("404" in each or "401" in each for each in await browser.complaints())


async def _by_keyboard(tab: Tab) -> None:
    """Another period and a group of it by the keys alone; a definition opens and closes; the browser goes back."""
    keyboard = tab.keyboard
    await keyboard.reach(role="combobox", name="Période")
    await keyboard.type("mars 2025")
    await keyboard.press("Tab")
    await tab.sees("Mars 2025, toutes les relations")
    await keyboard.type("Taille")
    await tab.sees("Mars 2025, Taille de la commune")
    assert await tab.run("new URLSearchParams(location.search).get('by')") == "tier"
    await keyboard.click(role="button", name="Contacts")
    await tab.sees("Relations dont le premier contact date de la période.")
    await keyboard.press("Escape")
    await tab.gone(text="Relations dont le premier contact date de la période.")
    await tab.back()
    await tab.sees("Mars 2025, toutes les relations")
