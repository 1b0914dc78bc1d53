"""The snippet of the SDK's README is a program: it is taken out of the page and holds its conversation."""

import asyncio
import runpy
from pathlib import Path

import pytest

from pli_client import Card, Client, Message
from tests.sdk.people import Place, first

README = Path(__file__).parents[2] / "clients" / "python" / "README.md"
LINES_MAX = 30


def snippet() -> str:
    """The one Python block of the page."""
    (code,) = README.read_text(encoding="utf-8").split("```python\n")[1:]
    return code.split("```")[0]


def test_the_snippet_is_short() -> None:
    assert len(snippet().strip().splitlines()) < LINES_MAX


async def test_the_snippet_holds_its_conversation(
    here: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program_file = tmp_path / "snippet.py"
    program_file.write_text(snippet(), encoding="utf-8")
    program = runpy.run_path(str(program_file))
    doctor = here.doctor()
    async with here.mayor().client() as mayor:
        await mayor.found(here.town)
        converse = program["converse"](
            here.service.url, doctor.token, here.trust, b"\x05" * 32, tmp_path / "device", here.listing
        )
        async with asyncio.timeout(30):
            await asyncio.gather(converse, answer(mayor))
    printed = capsys.readouterr().out
    assert "Commune — Le cabinet vous attend." in printed
    assert "{'name': 'Maïwenn Le Dantec'} déclaré" in printed
    assert "{'name': 'Yves Kerhervé'} déclaré" in printed
    assert "vérifié" not in printed


async def answer(mayor: Client) -> None:
    """What the town hall does meanwhile."""
    heard = await first(mayor, Message)
    thread = mayor.thread(heard.thread)
    await thread.send("Le cabinet vous attend.")
    await thread.send("La mairie aussi.")
    await asyncio.sleep(1)
    await thread.consent(Card(name="Yves Kerhervé"), fields={"name"}, text="J’accepte.")
