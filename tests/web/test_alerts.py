"""Alerts in a real Chromium: set in the inbox, sent to a real mail server and a real push endpoint, and followed back.

Only the vendor's push service is not there: what the page subscribes to is the test's endpoint, and what arrives at it
goes on to the page's own service worker as the browser would hand it over.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from messaging.alerts.alerter import Alerter
from messaging.alerts.letters import PUSH
from messaging.app import alerter
from messaging.domain import limits
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.ports import MailboxClaim
from messaging.wire.alerts import AlertSettings, AlertsView
from messaging.wire.types import Presentation
from tests.alerts.town import HOUR, next_monday
from tests.canary.planted import MARKER, SHOWN_MARKER, text
from tests.canary.search import search
from tests.journeys.clock import MovingClock
from tests.journeys.people import Online, Person, trust_of
from tests.support.browser import Browser, Tab, chromium
from tests.support.outside import MailServer, PushService, mail_server, push_service
from tests.support.server import NO_TLS, RunningService, running_service
from tests.support.shared_browser import FULL
from tests.web.browsing import first_use, opened

pytestmark = [pytest.mark.slow, pytest.mark.browser]

ADDRESS = "martine@mairie.example"
BROKEN = "martin@mairie.example"
COLLEAGUE = "yves@mairie.example"
MARTINE = [MailboxClaim("mairie", MailboxKind.TERRITORY, Role.AGENT, True)]
YVES = [MailboxClaim("mairie", MailboxKind.TERRITORY, Role.MAYOR, False)]
WAITS, READ = "Pharmacien qui attend", "Boulanger déjà lu"

PAINTED = "new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(true), 200)))"
"""A page says that something was read once that was painted; who leaves it before has not read it."""
LOOKS = "document.dispatchEvent(new Event('visibilitychange'))"
"""As when its reader comes back to it; else it looks every few seconds."""
CROSSING = """
const asks = window.fetch;
const kept = () => localStorage.getItem("test-push") !== null;
const soon = () => new Promise((done) => setTimeout(done, 20));
window.fetch = async (asked, more) => {
  const { pathname } = new URL(asked, location.href);
  if (pathname === "/v1/account/alerts") while (kept()) await soon();
  if (more?.method === "DELETE") for (let tries = 0; tries < 50 && !kept(); tries += 1) await soon();
  return asks(asked, more);
};
"""
"""The page finds out how its person is alerted once the browser’s subscription is gone, and before the service’s is."""
ANSWERED = """new Promise((done) => new PerformanceObserver((list) => {
    if (list.getEntries().some(({ name }) => name.includes("/alerts/open"))) done(null);
}).observe({ type: "resource", buffered: true }))"""
"""Once the service said where a mail's link leads."""
PUSH_MANAGER = """
const kept = () => JSON.parse(localStorage.getItem("test-push"));
const made = ({ endpoint, p256dh, auth, key }) => ({
  endpoint,
  options: { applicationServerKey: Uint8Array.from(key).buffer },
  getKey: (name) => Uint8Array.from(atob(name === "auth" ? auth : p256dh), (c) => c.charCodeAt(0)).buffer,
  unsubscribe: async () => { localStorage.removeItem("test-push"); return true; },
});
PushManager.prototype.getSubscription = async () => (kept() === null ? null : made(kept()));
PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
  if (!userVisibleOnly) throw new TypeError("nothing may be pushed unseen");
  const place = __SUBSCRIPTION__;
  const times = Number(localStorage.getItem("test-push-times") ?? "0") + 1;
  localStorage.setItem("test-push-times", times);
  place.endpoint += `/${times}`;
  localStorage.setItem("test-push", JSON.stringify({ ...place, key: [...applicationServerKey] }));
  return made(kept());
};
"""


@dataclass
class Hall:
    """The service with what is outside of it, and the town hall in a browser."""

    service: RunningService
    browser: Browser
    clock: MovingClock
    mail: MailServer
    push: PushService
    alerter: Alerter
    shots: Path

    async def inbox(self, page: str, *, path: str = "/inbox/", person: str = "martine", profile: str = "") -> Tab:
        """Signed in, as the platform leads there."""
        claims: Sequence[MailboxClaim] = MARTINE if person == "martine" else YVES
        url = f"{self.service.url}{path}#token={self.service.token(person, claims)}"
        place = json.loads(msgspec.json.encode(self.push.subscription))
        script = PUSH_MANAGER.replace("__SUBSCRIPTION__", json.dumps(place))
        return await self.browser.open(page, url, profile=profile or person, worker=True, script=script)

    async def view(self) -> AlertsView:
        service = self.service
        headers = {"authorization": f"Bearer {service.token('martine', MARTINE)}"}
        answer = await _http(service, "GET", "/v1/account/alerts", headers, b"")
        return msgspec.json.decode(answer, type=AlertsView)

    async def later(self, ms: int) -> None:
        until = self.clock() + ms
        while self.clock() < until:
            self.clock.advance(limits.alert_spread_s * 1_000)
            await self.alerter.look()

    async def shot(self, tab: Tab, name: str) -> None:
        await tab.shot(self.shots / f"{name}.png")
        assert await tab.violations() == []


async def _http(service: RunningService, method: str, path: str, headers: dict[str, str], content: bytes) -> bytes:
    async with httpx.AsyncClient(base_url=service.url, headers=headers, verify=NO_TLS) as client:
        answer = await client.request(method, path, content=content)
        assert answer.is_success, answer.text
        return answer.content


async def _sets_an_address(hall: Hall, tab: Tab) -> None:
    await tab.sees("Soyez prévenu quand on vous écrit")
    await hall.shot(tab, "41-suggestion")
    await tab.click(role="link", name="Régler les avis")
    await tab.fill("Votre adresse électronique", "pas une adresse")
    await tab.button("Enregistrer l’adresse")
    await tab.sees("Cette adresse ne peut pas recevoir de courriel.")
    hall.mail.refusals[BROKEN] = "550 5.1.1 no such mailbox"
    await tab.fill("Votre adresse électronique", BROKEN)
    await tab.button("Enregistrer l’adresse")
    await tab.sees(f"Nous venons d’écrire à {BROKEN}.")
    await hall.alerter.look()
    await tab.run(LOOKS)
    await tab.sees(f"Le serveur de courriel ne connaît pas {BROKEN}.")
    await hall.shot(tab, "42-alerts-refused")
    await tab.fill("Votre adresse électronique", ADDRESS)
    await tab.button("Enregistrer l’adresse")
    await tab.sees(f"Nous venons d’écrire à {ADDRESS}.")
    await hall.alerter.look()
    link = hall.mail.link(0, "alerts/confirm")
    page = await hall.browser.open("mail", f"{hall.service.url}{link}", profile="mail")
    await page.sees("Recevoir les avis à cette adresse")
    assert (await hall.view()).pending == ADDRESS, "a GET confirms nothing"
    await page.button("Confirmer")
    await page.sees("Adresse confirmée")
    await page.close()
    await tab.run(LOOKS)
    await tab.sees(f"Les avis sont envoyés à {ADDRESS}.")
    assert (await hall.view()).settings.address == ADDRESS


async def _sets_quiet_hours(hall: Hall, tab: Tab) -> None:
    """The refusal is the page’s own; what is saved is the service’s."""
    for place, value in ((1, "20:00"), (2, "19:00")):
        await tab.fill_in(value, css=f".hours p:nth-child({place}) input")
    await tab.button("Enregistrer les heures")
    await tab.sees("Gardez au moins deux heures par jour")
    await tab.fill_in("06:30", css=".hours p:nth-child(2) input")
    await tab.click(label="Ni le dimanche")
    await tab.button("Enregistrer les heures")
    await tab.sees("Les heures calmes sont enregistrées.")
    settings = (await hall.view()).settings
    assert settings == AlertSettings(True, ADDRESS, "Europe/Paris", 20 * 60, 6 * 60 + 30, False)


async def _turns_pushes_on(hall: Hall, tab: Tab) -> None:
    await tab.permit_notifications()
    await tab.reload()
    await tab.button("Activer sur cet appareil")
    await tab.sees("Les avis sont activés sur cet appareil.")
    await tab.has(css=".settings .hours")
    await hall.shot(tab, "43-alerts")
    (subscription,) = (await hall.view()).subscriptions
    await tab.run("localStorage.removeItem('test-push')")
    await tab.reload()
    await tab.sees("Les avis sont activés sur cet appareil.")
    await tab.run(
        "new Promise((done) => setInterval(() => localStorage.getItem('test-push-times') === '2' && done(), 20))"
    )
    while (renewed := (await hall.view()).subscriptions) == [subscription] or len(renewed) != 1:
        await hall.alerter.look()


def _holds_no_canary(hall: Hall, threads: Sequence[bytes]) -> None:
    secrets = {"body": MARKER.encode(), "presentation": SHOWN_MARKER.encode()}
    secrets |= {f"thread {n}": thread for n, thread in enumerate(threads)}
    mails = [("mail", raw) for _, raw in hall.mail.mails]
    mails += [("body", hall.mail.parsed(n).get_content().encode()) for n in range(len(mails))]
    pushes = [("push", head + hall.push.opened(n)) for n, (head, _) in enumerate(hall.push.posts)]
    assert mails and pushes
    assert search(secrets, [*mails, *pushes]) == []


async def _is_read(tab: Tab) -> None:
    """The conversation stands open: the list too has its last words."""
    await tab.has(css=f".message:has-text('{text(WAITS)}')")


async def _push_leads_to_what_waits(hall: Hall, tab: Tab) -> None:
    """Whatever a push holds, the same is shown; a click finds the conversation without having been told."""
    await tab.sees(WAITS)
    for content in (hall.push.opened(0).decode(), MARKER, ""):
        await _pushes(tab, content)
        await tab.run_in_worker("registration.getNotifications().then(([shown]) => shown.close())")
    await _pushes(tab, "")
    await tab.run_in_worker(
        "registration.getNotifications().then(([notification]) => "
        "void self.dispatchEvent(new NotificationEvent('notificationclick', { notification })))"
    )
    await _is_read(tab)
    assert await _shown(tab, 0) == []


async def _pushes(tab: Tab, content: str) -> None:
    """Until it is shown: a page that came into view at the same moment takes away what is."""
    assert await _shown(tab, 0) == []
    shown = None
    while shown is None:
        await tab.pushed(content)
        shown = await _shown(tab, 1)
    assert shown == [["Vous avez des messages", "Ouvrez votre messagerie pour les lire."]]


async def _shown(tab: Tab, count: int) -> Any:
    """Title and body of each notification, once there are so many; None if there never were."""
    return await tab.run_in_worker(
        "(async () => { for (let tries = 0; tries < 200; tries += 1) { "
        f"const all = await registration.getNotifications(); if (all.length === {count}) "
        "return all.map(({ title, body }) => [title, body]); await new Promise((next) => setTimeout(next, 20)); } "
        "return null; })()"
    )


async def _mail_leads_to_what_waits(hall: Hall, code: str) -> None:
    """Opened where nobody is signed in, then signed in: the conversation; by somebody else: their list."""
    link = hall.mail.link(-1, "inbox/#/alerts")
    asked = "performance.getEntriesByType('resource').filter(({ name }) => name.includes('/alerts/open')).length"
    tab = await hall.browser.open("link", f"{hall.service.url}{link}", profile="martine")
    await tab.sees("connectez-vous sur la plateforme")
    assert await tab.run(asked) == 0
    assert await tab.run("location.href") == f"{hall.service.url}/inbox/"
    tab = await hall.inbox("link")
    await _is_read(tab)
    assert await tab.run("location.pathname.startsWith('/inbox/t/')")
    assert await tab.run(asked) == 1
    await tab.close()
    await hall.browser.open("other", f"{hall.service.url}{link}", profile="yves")
    other = await hall.inbox("other", person="yves")
    await other.fill("Code de secours", code)
    await other.button("Ouvrir")
    await other.run(ANSWERED)
    await other.gone(text="Ouverture de la conversation")
    assert await other.run("location.pathname") == "/inbox/"
    await other.click(role="link", name=WAITS)
    await _is_read(other)
    await other.close()


async def _signs_out(hall: Hall) -> None:
    """No more pushes to this browser, and nothing of the account where that is wanted: not even where the page
    would renew its subscription at that moment.
    """
    await hall.browser.before("martine", CROSSING)
    tab = await hall.inbox("leaving", path="/inbox/reglages")
    await tab.sees("Oublier aussi la messagerie sur cet appareil")
    assert len((await hall.view()).subscriptions) == 1
    await tab.check("Oublier aussi la messagerie sur cet appareil")
    await tab.button("Se déconnecter")
    await tab.sees("Vous êtes déconnecté.")
    assert await tab.run("localStorage.getItem('test-push')") is None
    assert (await hall.view()).subscriptions == []


async def _colleague_bounces(hall: Hall) -> None:
    """A colleague’s address that is confirmed, and then refused by their mail server."""
    headers = {"authorization": f"Bearer {hall.service.token('yves', YVES)}"}
    body = msgspec.json.encode(AlertSettings(True, COLLEAGUE))
    await _http(hall.service, "PUT", "/v1/account/alerts", headers, body)
    await hall.alerter.look()
    await _http(hall.service, "POST", hall.mail.link(-1, "alerts/confirm"), {}, b"")
    hall.mail.refusals[COLLEAGUE] = "550 5.1.1 no such mailbox"
    hall.mail.mails.clear()


async def _admits(tab: Tab, colleague: Online, village: bytes) -> None:
    asking = await colleague.client.ask_seat(village)
    await tab.check("Les douze mots sont les mêmes")
    await tab.button("Admettre")
    await asking.admitted(timeout_s=30)


async def test_alerts_from_the_settings_to_the_right_conversation(sqlite_url: str, tmp_path: Path) -> None:
    shots = Path(os.environ.get("PLI_SHOTS", tmp_path / "shots"))
    clock = MovingClock()
    next_monday(clock)
    async with (
        mail_server() as mail,
        push_service() as push,
        running_service(sqlite_url, tmp_path, with_worker=False, clock=clock, smtp_url=mail.url) as service,
        chromium(FULL) as browser,
    ):
        hall = Hall(
            service, browser, clock, mail, push, alerter(service.service.settings, service.service.store, clock), shots
        )
        trust = await trust_of(service)
        village = await service.register_mailbox("mairie", MailboxKind.TERRITORY)
        listing = await service.register_target("annonce", "mairie")
        tab = await hall.inbox("martine")
        await first_use(tab)
        await _sets_an_address(hall, tab)
        await _sets_quiet_hours(hall, tab)
        await _turns_pushes_on(hall, tab)
        yves = Person(service, trust, "yves", YVES)
        async with yves.online() as colleague:
            await tab.click(css=".settings .back")
            await _admits(tab, colleague, village)
        await _colleague_bounces(hall)
        threads = []
        for ref, group in (("lu", READ), ("attend", WAITS)):
            shown = Presentation(f"{group} {SHOWN_MARKER}", SHOWN_MARKER, True, SHOWN_MARKER)
            project = await service.register_mailbox(ref, MailboxKind.PROJECT, shown)
            holder = Person(service, trust, ref, [MailboxClaim(ref, MailboxKind.PROJECT, Role.HOLDER, True)])
            async with holder.online() as online:
                await online.client.found(project)
                threads.append((await opened(online, listing)).id)
                await online.client.threads[0].send(text(group))
        tab = await hall.inbox("martine")
        await tab.click(role="link", name=READ)
        await tab.sees(text(READ))
        await tab.run(PAINTED)
        await tab.click(css=".back")
        await tab.has(css=f".threads a:not(.unread):has-text('{READ}')")
        await tab.close()
        await hall.later(HOUR)
        assert [address for address, _ in mail.mails] == [ADDRESS]
        assert push.opened(0) == PUSH
        _holds_no_canary(hall, threads)
        tab = await hall.inbox("again", path="/inbox/avis")
        await tab.sees("Les courriels d’avis n’atteignent plus un collègue (Maire).")
        await hall.shot(tab, "44-unreached")
        await tab.click(css=".settings .back")
        await _push_leads_to_what_waits(hall, tab)
        await tab.close()
        await _mail_leads_to_what_waits(hall, yves.recovery_code)
        await _signs_out(hall)
        assert await browser.complaints() == []
