"""The demonstration's mails in a real Chromium: caught, shown, and followed to the conversation by one click each."""

import os
from pathlib import Path

import pytest

from messaging.demo.actors import Actor
from messaging.demo.cast.main import SECRETARY, VILLAGE
from messaging.demo.cast.visitor import VISITOR, VISITORS_PROJECT
from messaging.demo.platform import standing_in
from messaging.demo.post import Mail, Post
from messaging.demo.stage import raised
from messaging.domain.vocabulary import CardField
from tests.support.browser import chromium

pytestmark = [pytest.mark.slow, pytest.mark.browser]

DESKTOP = (1100, 820)
WORDS = "Bonjour, votre cabinet m’intéresse."


async def test_from_a_mail_that_was_caught_to_the_conversation(tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    async with raised(tmp_path / "demo", 0) as (stage, _), standing_in(stage) as platform, chromium() as browser:
        for party in (VILLAGE, VISITORS_PROJECT):
            await stage.register(party)
        page = await browser.open("mails", platform.mails, size=DESKTOP, beside=f"{stage.web_url} {stage.platform_url}")
        await page.sees("Aucun courriel pour l’instant.")
        async with (
            Actor(stage, VILLAGE, SECRETARY).online() as town,
            Actor(stage, VISITORS_PROJECT, VISITOR).online() as visitor,
        ):
            await town.client.found(town.wanted)
            await stage.enrol(VILLAGE, SECRETARY)
            await visitor.client.found(visitor.wanted)
            await visitor.client.mailboxes[0].open(stage.targets[VILLAGE.target_ref], WORDS)
            await page.sees("Vous avez des messages")
            await page.shot(shots / "51-mails.png")
            assert await page.violations() == []
            told = [mail for mail in stage.post.mails if mail.subject == "Vous avez des messages"]
            assert [mail.to for mail in told] == [SECRETARY.card[CardField.EMAIL]]
            assert WORDS not in told[0].text
        await page.click(css="a[href*='/inbox/#/alerts/']")
        await page.button("Se connecter")
        await page.click(role="link", name=SECRETARY.name)
        await page.click(role="link", name="Ouvrir la messagerie")
        await page.fill("Code de secours", stage.codes[SECRETARY.subject])
        await page.button("Ouvrir")
        await page.has(css=f".message:has-text('{WORDS}')")
        assert await browser.complaints() == []


def test_a_mail_is_text_whatever_it_holds_and_leads_to_its_service_alone() -> None:
    post = Post()
    text = (
        "<script>x</script>\nhttp://pli.localhost:1/a?b&c http://evil.example/x http://pli.localhost:1.evil.example/y"
    )
    post.mails.append(Mail("<to>", "<b>", "<date>", text))
    page = post.page("http://pli.localhost:1")
    assert "<script" not in page and "<b>" not in page and "<to>" not in page
    assert page.count("<a ") == 1
    assert '<a href="http://pli.localhost:1/a?b&amp;c" rel="noreferrer">' in page
