"""What a browser keeps of conversations: altered or put back by somebody at this device, and destroyed on leaving."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.people import cast
from tests.support.browser import Tab, chromium
from tests.support.server import running_service
from tests.web.browsing import entered, first_use, opened, usable

pytestmark = [pytest.mark.slow, pytest.mark.browser]

REFUSED = "Ce que cet appareil gardait d’une conversation n’était pas intact"
VALUES = """(async (work) => {
  const [{ name }] = await indexedDB.databases();
  const db = await new Promise((resolve) => {
    const opening = indexedDB.open(name);
    opening.onsuccess = () => resolve(opening.result);
  });
  const values = db.transaction("values", "readwrite").objectStore("values");
  const asked = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  const outcome = await work(values, asked);
  db.close();
  return outcome;
})"""


async def kept(tab: Tab, *kinds: str) -> dict[str, Any]:
    """The sealed values of these kinds, by name."""
    work = f"""async (values, asked) => {{
      const found = {{}};
      for (const name of await asked(values.getAllKeys())) {{
        if ({json.dumps(kinds)}.includes(name.split(".")[0])) found[name] = [...(await asked(values.get(name)))];
      }}
      return found;
    }}"""
    return dict(await tab.run(f"{VALUES}({work})"))


async def put_back(tab: Tab, found: dict[str, Any]) -> None:
    work = f"""async (values) => {{
      for (const [name, value] of Object.entries({json.dumps(found)})) values.put(new Uint8Array(value), name);
    }}"""
    await tab.run(f"{VALUES}({work})")


def altered(found: dict[str, Any]) -> dict[str, Any]:
    return {name: [*value[:-1], value[-1] ^ 1] for name, value in found.items()}


async def test_what_is_kept_is_not_believed_once_it_was_touched(sqlite_url: str, tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, chromium() as browser:
        people = await cast(service)
        async with people.secretary.online() as secretary:
            await secretary.client.found(people.village)
            target = await service.register_target("projet", "projet")
            tab = await entered(service, browser, "one", "camille")
            await first_use(tab)
            thread = await opened(secretary, target)
            await tab.click(role="link", name="Commune")
            await tab.sees("Bonjour")
            before = await kept(tab, "kept", "heads", "items", "wraps")
            assert len(before) == 4
            await thread.send("le deuxième")
            await tab.sees("le deuxième")

            older = {name: value for name, value in before.items() if name.startswith("items.")}
            for touched in (older, altered(await kept(tab, "heads")), altered(await kept(tab, "kept"))):
                await put_back(tab, touched)
                await tab.reload()
                await tab.sees(REFUSED)
                await tab.sees("Bonjour")
                await tab.sees("le deuxième")
            await tab.shot(shots / "63-read-anew.png")

            await put_back(tab, before)
            await tab.reload()
            await tab.sees("le deuxième")
            assert await tab.run("document.querySelectorAll('.notice').length") == 0

            await tab.go(f"{service.url}/inbox/reglages")
            await tab.sees("Oublier aussi la messagerie sur cet appareil")
            await usable(tab, shots / "64-signing-out.png")
            await tab.check("Oublier aussi la messagerie sur cet appareil")
            await tab.button("Se déconnecter")
            await tab.sees("Vous êtes déconnecté.")
            await usable(tab, shots / "65-signed-out.png")
            assert await tab.run("indexedDB.databases()") == []
            assert await tab.run("Object.keys(sessionStorage).length + Object.keys(localStorage).length") == 1
            again = await entered(service, browser, "again", "camille")
            await again.sees("Un nouvel appareil")
            assert await browser.complaints() == []
