"""The demo's figures: simulated, published, and read by the platform's staff after one click."""

import re
from pathlib import Path

import httpx
import pytest

from messaging.app import system_clock
from messaging.demo.figures import publish_simulated
from messaging.demo.platform import standing_in
from messaging.demo.stage import raised
from tests.support.server import NO_TLS

pytestmark = pytest.mark.slow


async def test_the_platforms_staff_reads_them(tmp_path: Path) -> None:
    async with (
        raised(tmp_path / "demo", 0) as (stage, _),
        standing_in(stage) as platform,
        httpx.AsyncClient(verify=NO_TLS) as http,
    ):
        await publish_simulated(stage.service.store, system_clock(), relations=1_500)
        host = stage.platform_url.partition("://")[2]
        door = await http.get(f"http://127.0.0.1:{host.rpartition(':')[2]}/chiffres", headers={"host": host})
        (link,) = re.findall(r'href="(http[^"]+)"', door.text)
        page, _, token = link.partition("#token=")
        assert page == f"{stage.web_url}/figures/"
        headers, url = {"authorization": f"Bearer {token}"}, f"{stage.url}/v1/figures"
        years = (await http.get(url, headers=headers)).json()["years"]
        told = [(await http.get(f"{url}?year={year}", headers=headers)).json()["cells"] for year in years]
    assert {cell["kind"] for cells in told for cell in cells} == {"month", "year", "late", "waiting"}
    assert platform.figures.endswith("/chiffres")
