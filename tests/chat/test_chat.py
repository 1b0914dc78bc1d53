"""Two people at two terminals, in front of the running demo."""

import asyncio
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from messaging.demo.cast.main import DOCTOR, MAYOR, SECRETARY
from messaging.domain.vocabulary import CardField
from tests.chat.terminal import PLI, Terminal
from tests.sdk.proxy import proxy_to
from tests.support.ports import free_port

pytestmark = [pytest.mark.slow]

CAMILLE, MARTINE, YVES = (person.card[CardField.NAME] for person in (DOCTOR, SECRETARY, MAYOR))


@dataclass
class Demo:
    """`pli demo`, played and staying up."""

    folder: Path
    port: int
    env: dict[str, str]

    def chat(self, *arguments: str, anew: bool = False) -> Terminal:
        return Terminal(("chat", *arguments), self.env, self.folder, anew=anew)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder, port = tmp_path_factory.mktemp("demo"), free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("PLI_")}
    env |= {"PLI_DATA_DIR": str(folder / "var"), "PLI_PORT": str(port), "LANG": "C.UTF-8"}
    command = ["setpriv", "--pdeathsig", "KILL", "--", str(PLI), "demo", "--only", "main"]
    with subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if " chat " in line:
                assert line.strip().endswith("chat camille | martine | yves")
                break
        else:
            raise AssertionError("the demo did not stay up")
        yield Demo(folder, port, env)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


async def test_a_conversation_from_two_terminals(demo: Demo) -> None:
    async with demo.chat("camille") as camille, demo.chat("martine") as martine:
        await camille.sees(f"Vous êtes {CAMILLE}")
        await camille.sees(f"1. {YVES}")
        await martine.sees(f"1. {CAMILLE}")
        for terminal in (camille, martine):
            terminal.enter("/ouvrir 1")
        await camille.sees("je suis médecin généraliste")
        await camille.sees("★ Les deux côtés ont consenti\u00a0:")
        await martine.sees("maire, collègue\u00a0: Bonjour, je suis l’élu")
        await martine.sees("attesté par la plateforme")

        camille.enter("Êtes-vous là ?")
        await martine.sees(f"{CAMILLE}\u00a0: Êtes-vous là ?")
        await camille.sees("vous\u00a0: Êtes-vous là ?")
        martine.enter("Oui, bonsoir.")
        await camille.sees(f"{YVES}\u00a0: Oui, bonsoir.")
        await martine.sees("vous\u00a0: Oui, bonsoir.")
        await martine.sees("(lu)")

        camille.enter("/suivi")
        await camille.sees("Échange engagé")
        await camille.sees(f"1. {YVES} — à vous de répondre depuis le ")

        words = [await twelve_words(terminal) for terminal in (camille, martine)]
        assert words[0] == words[1]
        martine.enter("/note Penser au logement")
        await martine.sees("pour vos collègues seulement")
        for terminal in (camille, martine):
            terminal.enter("/quitter")
            await terminal.sees("Au revoir.")
            assert await terminal.ends() == 0
            assert terminal.mode == terminal.mode_before
        assert "Penser au logement" not in camille.output
        assert "Traceback" not in camille.output + martine.output


async def twelve_words(terminal: Terminal) -> list[str]:
    terminal.enter("/mots")
    shown = await terminal.sees("Si ces mots")
    return re.findall(r"^  (\w+(?: \w+){5})\r?$", shown, re.MULTILINE)


async def test_a_first_contact_and_both_consents(demo: Demo) -> None:
    async with demo.chat("camille") as camille, demo.chat("yves") as yves:
        await yves.sees("1. ")
        await camille.sees("1. ")
        camille.enter("/ecrire")
        await camille.sees("1. Commune, Côtes-d’Armor")
        await camille.sees("À qui écrire")
        camille.enter("1")
        await camille.sees("Votre premier message")
        camille.enter("Une deuxième question, sur l’école.")
        await camille.sees("── Commune, Côtes-d’Armor (vérifié) ──")
        await yves.sees("(nouveau message dans la conversation ")
        number = (await yves.sees("\u00a0:")).split()[0].rstrip("\u00a0:")
        yves.enter(f"/ouvrir {number}")
        await yves.sees("sur l’école.")

        await gives_away(camille)
        await agrees(camille, "1 2")
        await camille.sees("Rien n’est montré tant que")
        camille.enter("/cartes")
        await camille.sees("Aucune carte n’est montrée.")
        await agrees(yves, "1")
        await yves.sees_all("★ Les deux côtés ont consenti", "(accord enregistré.")
        await camille.sees("★ Les deux côtés ont consenti")
        cards = await camille.sees("attesté par la plateforme)")
        cards += await camille.sees("attesté par la plateforme)")
        assert YVES in cards
        assert MAYOR.card[CardField.PHONE] not in cards
        yves.enter("/retirer")
        await yves.sees("ce qui a été vu reste vu")
        assert "Traceback" not in camille.output + yves.output


async def gives_away(camille: Terminal) -> None:
    """A telling message is held until the person says yes."""
    camille.enter("Appelez-moi au 06 39 98 41 07, Camille.")
    await camille.sees("un numéro de téléphone et votre nom")
    camille.enter("non")
    await camille.sees("(rien n’a été envoyé)")


async def agrees(person: Terminal, fields: str) -> None:
    person.enter("/carte")
    await person.sees("Que montrer")
    person.enter(fields)
    await person.sees("ce qui a été vu reste vu.")
    await person.sees("Vous êtes d’accord")
    person.enter("oui")


async def test_the_network_drops_and_comes_back(demo: Demo) -> None:
    async with (
        proxy_to(demo.port) as proxy,
        demo.chat("camille", "--url", proxy.url) as camille,
        demo.chat("martine") as martine,
    ):
        for terminal in (camille, martine):
            await terminal.sees("1. ")
            terminal.enter("/ouvrir 1")
            await terminal.sees("──")
        await same_conversation(camille, martine)
        proxy.accepting = False
        proxy.cut()
        await camille.sees("(hors ligne")
        camille.enter("Écrit dans le tunnel.")
        martine.enter("Vous m’entendez\u202f?")
        await martine.sees("vous\u00a0: Vous m’entendez")
        await asyncio.sleep(1.0)
        assert "Écrit dans le tunnel" not in martine.output
        proxy.accepting = True
        await camille.sees_all("(de nouveau en ligne)", "Vous m’entendez")
        await martine.sees("Écrit dans le tunnel.")
        assert martine.output.count("Écrit dans le tunnel.") == 1
        assert "Traceback" not in camille.output


async def same_conversation(one: Terminal, other: Terminal) -> None:
    """What one writes the other reads."""
    mark = os.urandom(4).hex()
    one.enter(mark)
    await other.sees(f": {mark}")


async def test_ctrl_c_ctrl_d_and_the_end_of_the_terminal(demo: Demo) -> None:
    async with demo.chat("martine", anew=True) as martine:
        await martine.sees("1. ")
        martine.type("à moitié écrit")
        await martine.sees("à moitié écrit")
        martine.type("\x03")
        martine.enter("/mots")
        await martine.sees("Ouvrez d’abord une conversation")
        martine.type("x\x04\x7f")
        martine.type("\x04")
        assert await martine.ends() == 0
        assert martine.mode == martine.mode_before
        assert "Au revoir" in martine.output
        assert "\u00a0: à moitié" not in martine.output
    for ending in (signal.SIGTERM, signal.SIGHUP):
        async with demo.chat("martine") as martine:
            await martine.sees("1. ")
            martine.signal(ending)
            assert await martine.ends() == 0
            assert martine.mode == martine.mode_before
    async with demo.chat("martine") as martine:
        await martine.sees("1. ")
        martine.type("\x03")
        assert await martine.ends() == 0
        assert "Traceback" not in martine.output


async def test_lines_from_a_pipe(demo: Demo) -> None:
    command = [str(PLI), "chat", "yves", "--language", "en"]
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        input="/open 1\nFrom a pipe.\n/frobnicate\n/words\n",
        env=demo.env,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert f"You are {YVES}, mailbox “mayor”" in done.stdout
    assert "Unknown command. /help lists those that exist." in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"), [((), "camille | martine | yves"), (("nobody",), "camille, martine, yves")]
)
async def test_who_is_not_in_the_demo(demo: Demo, arguments: tuple[str, ...], says: str) -> None:
    async with demo.chat(*arguments) as nobody:
        assert await nobody.ends() == 1
        assert says in nobody.output


async def test_without_a_demo(tmp_path: Path) -> None:
    env = {**os.environ, "PLI_DATA_DIR": str(tmp_path)}
    async with Terminal(("chat", "camille"), env, tmp_path) as camille:
        assert await camille.ends() == 1
        assert "make demo" in camille.output
        assert "Traceback" not in camille.output


async def test_what_a_device_keeps_is_sealed_and_its_own(demo: Demo) -> None:
    devices = demo.folder / "var" / "demo" / "devices"
    async with demo.chat("camille") as camille:
        await camille.sees("1. ")
    kept = [path for path in devices.rglob("*") if path.is_file()]
    assert kept
    assert {path.stat().st_mode & 0o077 for path in kept} == {0}
    assert (demo.folder / "var" / "demo" / "platform.sock").stat().st_mode & 0o077 == 0
