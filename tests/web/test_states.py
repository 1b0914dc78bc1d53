"""Every state of the inbox that no journey passes, usable by everybody; and what others write into it, harmless."""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from messaging.domain.vocabulary import MessageKind
from messaging.e2ee.encoding import frame
from pli_client import Card, SeatAsked, Thread
from tests.journeys.people import CONSENT_TEXT, Cast, Online, cast
from tests.support.browser import Browser, Tab, chromium
from tests.support.server import RunningService, running_service
from tests.web.browsing import HOSTILE, MAYOR, code_kept, inbox_of, opened, send, usable

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SHORT = 254
"""Bytes of one field of a card."""


async def test_every_state_of_the_inbox(sqlite_url: str, tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service, chromium() as browser:
        people = await cast(service)
        other = await service.register_target("autre annonce", "mairie")
        async with people.secretary.online() as secretary, people.doctor.online() as doctor:
            await secretary.client.found(people.village)
            await doctor.client.found(people.project)
            await _without_a_token(service, browser, shots)
            tab = await browser.open("mayor", inbox_of(service, "yves", MAYOR))
            await _seated(tab, secretary, people, shots)
            thread = await opened(doctor, people.listing)
            await opened(doctor, other, "Une autre annonce")
            await _hostile_texts(tab, thread, secretary, shots)
            await _refused(tab, tmp_path / "pli.sqlite3", shots)
            await _closed_and_blocked(tab, shots)
            await _found_and_filtered(tab, shots)
            await _settings(tab, shots)
            await _hostile_cards(tab, thread, shots)
            assert await browser.complaints() == []
            await _broken_log(browser, tab, thread, tmp_path / "pli.sqlite3", shots)
            await secretary.client.mailboxes[0].remove(_mayors_seat(secretary))
            await tab.sees("Vous n’avez plus de place dans cette boîte.")
            await usable(tab, shots / "59-seat-ended.png")
            assert await browser.complaints() == []


async def _without_a_token(service: RunningService, browser: Browser, shots: Path) -> None:
    """Nobody is signed in; the platform’s word is none. And the pages that have no script."""
    tab = await browser.open("nobody", f"{service.url}/inbox/")
    await tab.sees("Pour ouvrir votre messagerie, connectez-vous sur la plateforme.")
    await usable(tab, shots / "40-no-token.png")
    for path in ("alerts/confirm/x", "alerts/unsubscribe/x", "problems/not_found"):
        await usable(await browser.open("nobody", f"{service.url}/{path}"), shots / f"40-{path.replace('/', '-')}.png")
    assert await browser.complaints() == []
    tab = await browser.open("nobody", f"{service.url}/inbox/#token=e30.e30.e30")
    await tab.sees("La messagerie s’est arrêtée")
    await usable(tab, shots / "41-bad-token.png")
    await tab.close()
    assert all("401" in each for each in await browser.complaints())


async def _seated(tab: Tab, secretary: Online, people: Cast, shots: Path) -> None:
    """The mayor asks to join, and is let in once the twelve words are the same."""
    await code_kept(tab)
    await tab.sees("Rejoindre la boîte")
    await usable(tab, shots / "42-join.png")
    await tab.button("Demander à la rejoindre")
    await tab.sees("Vos douze mots")
    await usable(tab, shots / "43-words.png")
    asked = await secretary.until(SeatAsked)
    shown = await tab.run("[...document.querySelectorAll('.twelve li')].map((each) => each.textContent)")
    assert tuple(shown) == asked.words
    await secretary.client.mailbox(people.village).admit(asked.seat, asked.words)
    await tab.sees("Aucune conversation pour l’instant.")
    await tab.has(role="link", name="Réglages")
    await usable(tab, shots / "44-empty.png")


async def _hostile_texts(tab: Tab, thread: Thread, secretary: Online, shots: Path) -> None:
    """Whatever the other side, a colleague or a newer version writes: texts are texts, and the rest is not shown."""
    for text in HOSTILE:
        await thread.send(text)
    await thread.outbox.post(MessageKind.TEXT, frame("pli1/content-offer", b"?"))
    await thread.outbox.post(MessageKind.TEXT, frame("pli1/content-text", b"\xed\xa0\x80 alone"))
    await thread.send("fin")
    desk = secretary.client.mailboxes[0].desk
    for text in HOSTILE:
        await desk.note(thread.id, text)
    await tab.click(role="link", name="fin")
    await tab.sees("Ce contenu vient d’une version plus récente")
    await tab.sees("Un élément n’a pas pu être vérifié")
    await tab.sees("fin")
    shown = await tab.run("[...document.querySelectorAll('.words')].map((each) => each.textContent)")
    assert shown == ["Bonjour", *HOSTILE, "fin"]
    heights = await tab.run("[...document.querySelectorAll('.message')].map((each) => each.offsetHeight)")
    assert max(heights[:6]) < 250, "only what is long is high"
    await usable(tab, shots / "45-hostile.png")
    await tab.click(css=".menu summary")
    await tab.has(css=f".notes li:nth-child({len(HOSTILE)})")
    assert await tab.run("[...document.querySelectorAll('.notes li')].map((each) => each.textContent)") == [*HOSTILE]
    await tab.has(role="button", name="Inviter un tiers")
    await usable(tab, shots / "46-menu.png")
    await desk.draft(thread.id, HOSTILE[0])
    await tab.sees("Une autre personne de votre côté est en train de répondre.")
    await _composes(tab, HOSTILE[0])
    await tab.reload()
    # The page is there before the desk: what comes later is taken in. Who only stands in the field keeps nothing.
    await _composes(tab, HOSTILE[0])
    await tab.run("(() => { const field = document.querySelector('textarea'); field.focus(); field.blur(); })()")
    await tab.sees("Une autre personne de votre côté est en train de répondre.")
    await usable(tab, shots / "59-answering.png")
    await _harmless(tab)


async def _composes(tab: Tab, text: str) -> None:
    """The composer comes to hold this text."""
    async with asyncio.timeout(60):
        while await tab.read_value("Votre message") != text:  # noqa: ASYNC110 - nothing tells of the change
            await asyncio.sleep(0.1)


async def _harmless(tab: Tab) -> None:
    """No element came of a text, nothing ran, nothing is painted outside of its own place or wider than the screen."""
    assert await tab.run("document.querySelectorAll('main img, main script').length") == 0
    assert await tab.run("document.title") != "1"
    assert await tab.run("document.documentElement.scrollWidth <= innerWidth")
    loose = """[...document.querySelectorAll('.message, .notes li, .card, .threads a, .who, .preview')]
        .filter((each) => !getComputedStyle(each).contain.includes('paint')).length"""
    assert await tab.run(loose) == 0


async def _refused(tab: Tab, database: Path, shots: Path) -> None:
    """In the other conversation, which has nothing hostile in it: moderation suspended the mailbox, and this page was
    not told yet. What was written stays with its author, after a reload too, until they let it go."""
    await tab.button("Retour aux conversations")
    await tab.click(role="link", name="Une autre annonce")
    await tab.sees("Chiffré de bout en bout.")
    _bar(database, until=2**53 - 1)
    await send(tab, "Pas encore parti")
    await send(tab, "Ni celui-ci")
    await tab.has(css=".refused + .refused")
    await tab.button("Fermer")
    await tab.button("Retour aux conversations")
    await tab.sees("Non envoyé")
    await tab.click(role="link", name="Une autre annonce")
    await tab.reload()
    await tab.has(css=".refused + .refused")
    await tab.sees("Non envoyé.")
    await tab.sees("La modération a suspendu votre messagerie")
    await tab.sees("Chiffré de bout en bout.")
    await usable(tab, shots / "46-refused.png")
    _bar(database, until=0)
    assert await tab.run("[...document.querySelectorAll('.refused .words')].map((each) => each.textContent)") == [
        "Pas encore parti",
        "Ni celui-ci",
    ]
    assert await tab.run(
        "[...document.querySelectorAll('.refused button')].map((each) =>"
        " document.getElementById(each.getAttribute('aria-describedby'))?.textContent)"
    ) == ["Pas encore parti", "Pas encore parti", "Ni celui-ci", "Ni celui-ci"]
    await tab.button("Oublier ce message")
    await tab.gone(css=".refused + .refused")
    await tab.has(css=".refused button:focus")
    await tab.button("Oublier ce message")
    await tab.gone(css=".refused")
    await tab.has(css=".composer textarea:focus")


def _bar(database: Path, *, until: int) -> None:
    """Beside the service, which writes too: waits for its turn, as what begins by reading cannot."""
    with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as file:
        file.execute("BEGIN IMMEDIATE")
        file.execute("UPDATE threads SET barred_1 = ?", (until,))
        file.execute("COMMIT")


async def _closed_and_blocked(tab: Tab, shots: Path) -> None:
    await tab.click(css=".menu summary")
    await tab.button("Clore la conversation")
    await tab.sees("Raison (pour les statistiques)")
    await usable(tab, shots / "47-closing.png")
    await tab.click(css="dialog .primary")
    await tab.sees("Vous avez clos la conversation.")
    await usable(tab, shots / "48-closed.png")
    await tab.click(css=".menu summary")
    await tab.button("Rouvrir la conversation")
    await tab.sees("Vous avez rouvert la conversation.")
    await tab.click(css=".menu summary")
    await tab.button("Bloquer")
    await tab.click(css=".menu summary")
    await tab.sees("Ne plus bloquer")
    await usable(tab, shots / "49-blocked.png")


async def _found_and_filtered(tab: Tab, shots: Path) -> None:
    await tab.button("Retour aux conversations")
    await tab.sees("Brouillon")
    await _harmless(tab)
    for number, name in enumerate(("Masquées", "À nous de répondre", "En attente de réponse")):
        await tab.button(name)
        await usable(tab, shots / f"50-filter-{number}.png")
    await tab.button("Toutes")
    await tab.fill("Rechercher dans les conversations", "nulle part", role="searchbox")
    await tab.sees("Aucune conversation ne correspond.")
    await usable(tab, shots / "51-none-found.png")
    await tab.fill("Rechercher dans les conversations", "", role="searchbox")


async def _hostile_cards(tab: Tab, thread: Thread, shots: Path) -> None:
    """The reveal, between people who filled in their cards with the same care."""
    await tab.click(role="link", name="Brouillon")
    texts = [text.encode()[:SHORT].decode(errors="ignore") for text in HOSTILE[:5]]
    await tab.button("Échanger les identités")
    await tab.fill("Nom", "é" * 128)
    await tab.sees("Cet élément est trop long pour une carte ; abrégez-le.")
    assert await tab.run("document.querySelector('.consent .primary').disabled")
    for label, text in zip(("Nom", "Fonction", "Organisme", "Téléphone", "Courriel"), texts, strict=True):
        await tab.fill(label, text)
    await tab.gone(css=".choice .hint")
    await usable(tab, shots / "52-hostile-consent.png")
    widths = await tab.run("[...document.querySelectorAll('.choice > :nth-child(3)')].map((each) => each.offsetWidth)")
    assert len(widths) == 5, widths
    assert min(widths) > 200, widths
    await tab.button("Je consens")
    await tab.sees("Vous avez consenti.")
    card = Card(*texts)
    await thread.consent(card, fields=("name", "role", "organisation", "phone", "email"), text=CONSENT_TEXT)
    await tab.sees("Les identités sont échangées")
    await tab.click(css=".released summary")
    shown = await tab.run("[...document.querySelectorAll('.card dd')].map((each) => each.textContent)")
    assert shown == [*texts, *texts]
    await usable(tab, shots / "53-hostile-cards.png")
    await _harmless(tab)


async def _settings(tab: Tab, shots: Path) -> None:
    await tab.click(role="link", name="Réglages")
    await tab.sees("cet appareil")
    await tab.has(css=".peer .back")
    await usable(tab, shots / "54-settings.png")
    await tab.button("Nouveau code de secours")
    await code_kept(tab)
    await tab.button("Retour aux conversations")


async def _broken_log(browser: Browser, tab: Tab, thread: Thread, database: Path, shots: Path) -> None:
    """While the mayor is away, somebody who reaches the service’s database changes one stamp of the log."""
    await tab.button("Retour aux conversations")
    await browser.offline("mayor", True)
    await tab.sees("Hors connexion.")
    await usable(tab, shots / "57-offline.png")
    broken = await thread.send("Sous un autre sceau")
    with sqlite3.connect(database) as file:
        changed = file.execute("UPDATE events SET proof = zeroblob(64) WHERE seq = ?", (broken.seq,))
        assert changed.rowcount == 1
    file.close()
    await browser.offline("mayor", False)
    await tab.click(role="link", name="Brouillon")
    await tab.sees("Cette conversation ne se vérifie plus")
    await usable(tab, shots / "58-stopped.png")


def _mayors_seat(secretary: Online) -> bytes:
    mailbox = secretary.client.mailboxes[0]
    return next(seat for seat in mailbox.colleagues if seat != mailbox.seat)
