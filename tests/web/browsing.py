"""What people do in the web client, over and over, in the tests that stand beside this."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from messaging.domain.vocabulary import MailboxKind, Role
from messaging.ports import MailboxClaim
from pli_client import Thread
from pli_client.errors import FirstMessageKept
from tests.journeys.people import Online
from tests.support.browser import Browser, Tab
from tests.support.server import Deployed

HOLDER = [MailboxClaim("projet", MailboxKind.PROJECT, Role.HOLDER, True)]
SECRETARY = [MailboxClaim("mairie", MailboxKind.TERRITORY, Role.AGENT, True)]
MAYOR = [MailboxClaim("mairie", MailboxKind.TERRITORY, Role.MAYOR, False)]

HOSTILE = (
    '<img src=x onerror="document.title=1"><script>document.title=1</script>',
    "\u202egro.elpmaxe\u202c \u2066\u2067 fin",
    "e" + "\u0301" * 10_000,
    "javascript:document.title=1",
    "\u200b\u200d\ufeff\u2060\u00ad",
    "W" * 3_000,
)
"""Texts that harm where they are taken for anything else than text, or for a text of their own size."""


async def code_kept(tab: Tab, **part: str) -> str:
    """Keeps the recovery code; returns it."""
    await tab.sees("Votre code de secours", **part)
    code = await tab.read(css=".code", **part)
    await tab.check("J’ai gardé ce code en lieu sûr", **part)
    await tab.button("Continuer", **part)
    return code


async def first_use(tab: Tab) -> str:
    """Keeps the recovery code and opens the mailbox; returns the code."""
    code = await code_kept(tab)
    await tab.button("Ouvrir la boîte")
    return code


def inbox_of(service: Deployed, subject: str, claims: Sequence[MailboxClaim]) -> str:
    """Where the platform sends a person who is signed in there."""
    return f"{service.url}/inbox/#token={service.token(subject, claims)}"


async def entered(service: Deployed, browser: Browser, page: str, profile: str, *, worker: bool = False) -> Tab:
    """The inbox of the project’s holder."""
    return await browser.open(page, inbox_of(service, "camille", HOLDER), profile=profile, worker=worker)


async def send(tab: Tab, text: str, **part: str) -> None:
    await tab.fill("Votre message", text, **part)
    await tab.button("Envoyer", **part)


async def opened(online: Online, target: bytes, text: str = "Bonjour") -> Thread:
    """Writes first, as soon as the other side’s browser has published its first prekeys."""
    while True:
        try:
            return await online.client.mailboxes[0].open(target, text)
        except FirstMessageKept as kept:
            assert await online.client.mailboxes[0].cancel(kept.message)
            await asyncio.sleep(0.2)


async def usable(tab: Tab, shot: Path, **part: str) -> None:
    """Everybody can use what this shows; the screenshot is for those who look."""
    await tab.shot(shot)
    violations = await tab.violations(**part)
    assert violations == [], f"{shot.stem}: {violations}"
