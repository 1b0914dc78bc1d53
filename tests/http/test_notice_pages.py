"""The notice form for people without an account: a GET shows, a POST of its own page acts, once, and not too often."""

import asyncio
import base64
import html
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from messaging.domain import limits
from messaging.domain.authorization import Grant, Operation
from messaging.domain.vocabulary import ReportCategory
from messaging.http.addresses import network_of
from messaging.server import Server
from messaging.services.moderation.outside import NOBODY, notice_of, send_unsigned
from messaging.wire.moderation import OutsideNotice
from tests.support.server import NO_TLS, RunningService, running_service

HOSTILE = '<img src=x onerror="alert(1)"></textarea><script>alert(1)</script>{0}{text}'


@pytest.fixture
async def service(sqlite_url: str, tmp_path: Path) -> AsyncIterator[RunningService]:
    async with running_service(sqlite_url, tmp_path) as running:
        yield running


@pytest.fixture
async def client(service: RunningService) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"origin": service.url, "sec-fetch-site": "same-origin"}
    async with httpx.AsyncClient(base_url=service.url, headers=headers, verify=NO_TLS) as asking:
        yield asking


async def form_of(client: httpx.AsyncClient, text: str = "Cette annonce usurpe notre commune.") -> dict[str, str]:
    """What somebody fills in."""
    page = await client.get("/signaler")
    code = re.search(r'name="code" value="([A-Z2-7-]+)"', page.text)
    assert code is not None
    place = "https://plateforme.example/annonces/12"
    return {"code": code[1], "category": "other", "place": place, "text": text, "good_faith": "yes"}


async def notices(service: RunningService) -> list[str]:
    """The texts of those that were sent without an account."""
    async with service.service.store.reading() as tx:
        return [each.text for each in await tx.cases.notices_of(Grant(Operation.NOTICE_TRACK, account=NOBODY), 100)]


async def test_a_get_shows_the_form_and_looks_nothing_up(client: httpx.AsyncClient, service: RunningService) -> None:
    page = await client.get("/signaler")
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script" not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "set-cookie" not in page.headers
    assert await notices(service) == []


async def test_a_notice_is_taken_once_and_followed_by_its_code(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    form = await form_of(client)
    for _ in range(2):
        taken = await client.post("/signaler", data=form)
        assert taken.status_code == 200
        assert form["code"] in taken.text
    assert await notices(service) == [f"Où : {form['place']}\n\n{form['text']}"]
    for typed in (form["code"], form["code"].lower().replace("-", " ")):
        followed = await client.post("/signaler/suivi", data={"code": typed})
        assert followed.status_code == 200
        assert "Reçue" in followed.text
    other = await form_of(client)
    assert (await client.post("/signaler/suivi", data={"code": other["code"]})).status_code == 404
    assert (await client.post("/signaler/suivi", data={"code": "' OR 1=1"})).status_code == 404


@pytest.mark.slow
async def test_a_form_that_is_sent_twice_at_once_shows_its_code_twice(postgres_url: str, tmp_path: Path) -> None:
    async with running_service(postgres_url, tmp_path) as service:
        headers = {"origin": service.url, "sec-fetch-site": "same-origin"}
        async with httpx.AsyncClient(base_url=service.url, headers=headers, verify=NO_TLS) as client:
            form = await form_of(client)
            code = base64.b32decode(form["code"].replace("-", "") + "======")
            told = f"Où : {form['place']}\n\n{form['text']}"
            body = OutsideNotice(notice_of(code), ReportCategory(form["category"]), told, good_faith=True)
            async with service.service.store.transaction() as tx:
                await send_unsigned(tx, body, service.service.context)
                second = asyncio.create_task(client.post("/signaler", data=form))
                await asyncio.wait({second}, timeout=0.5)
            taken = await second
        assert taken.status_code == 200
        assert form["code"] in taken.text
        assert len(await notices(service)) == 1


async def test_what_was_corrected_is_not_said_to_be_received(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    """Sent, the answer lost, gone back to the form, corrected, sent: under the same code."""
    form = await form_of(client)
    assert (await client.post("/signaler", data=form)).status_code == 200
    for changed in ({"text": "C’est la page 13."}, {"category": "posing"}):
        refused = await client.post("/signaler", data=form | changed)
        assert refused.status_code == 409
        assert f"<strong>{form['code']}</strong>" in refused.text, "the code of what was kept is not lost"
        assert html.escape((form | changed)["text"]) in refused.text, "nor what was typed"
        code = re.search(r'name="code" value="([A-Z2-7-]+)"', refused.text)
        assert code is not None
        assert code[1] != form["code"]
    assert len(await notices(service)) == 1


async def test_what_was_corrected_is_sent_with_the_new_code(client: httpx.AsyncClient, service: RunningService) -> None:
    form = await form_of(client)
    corrected = form | {"text": "C’est la page 13."}
    await client.post("/signaler", data=form)
    refused = await client.post("/signaler", data=corrected)
    code = re.search(r'name="code" value="([A-Z2-7-]+)"', refused.text)
    assert code is not None
    taken = await client.post("/signaler", data=corrected | {"code": code[1]})
    assert taken.status_code == 200
    assert code[1] in taken.text
    assert [text.rpartition("\n")[2] for text in await notices(service)] == [form["text"], corrected["text"]]


async def test_what_was_typed_is_shown_again_as_text(client: httpx.AsyncClient, service: RunningService) -> None:
    form = await form_of(client, HOSTILE) | {"place": HOSTILE}
    again = await client.post("/signaler", data={**form, "good_faith": ""})
    assert again.status_code == 400
    assert "Déclarez de bonne foi" in again.text
    assert "<script" not in again.text
    assert "<img" not in again.text
    assert f'value="{form["code"]}"' in again.text, "it goes on with the code that it has"
    assert (await client.post("/signaler", data=form)).status_code == 200
    assert await notices(service) == [f"Où : {HOSTILE}\n\n{HOSTILE}"]


async def test_what_is_not_filled_in_or_too_long_is_not_taken(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    form = await form_of(client)
    for changed in (
        {"category": "nonsense"},
        {"text": "  "},
        {"place": ""},
        {"text": "x" * 4_001},
        {"text": "\x00"},
        {"code": "AAAA"},
        {"good_faith": "no"},
    ):
        assert (await client.post("/signaler", data={**form, **changed})).status_code == 400, changed
    many = "&".join(f"f{n}=x" for n in range(100))
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert (await client.post("/signaler", content=many, headers=kind)).status_code == 400
    assert (await client.post("/signaler", content=b"text=\xff", headers=kind)).status_code == 400
    assert (await client.post("/signaler", content=b"text=%ff", headers=kind)).status_code == 400
    assert (await client.post("/signaler", json=form)).status_code == 400
    big = await client.post("/signaler", data={**form, "text": "x" * 70_000})
    assert big.status_code == 413
    assert await notices(service) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://attacker.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_no_other_sites_page_sends_one(
    headers: dict[str, str], client: httpx.AsyncClient, service: RunningService
) -> None:
    form = await form_of(client)
    assert (await client.post("/signaler", data=form, headers=headers)).status_code == 404
    assert (await client.post("/signaler/suivi", data=form, headers=headers)).status_code == 404
    assert await notices(service) == []


async def test_one_address_sends_a_few_within_an_hour(client: httpx.AsyncClient, service: RunningService) -> None:
    most = limits.unsigned_notices_burst_max
    for _ in range(most):
        assert (await client.post("/signaler", data=await form_of(client))).status_code == 200
    refused = await client.post("/signaler", data=await form_of(client, "Encore une."))
    assert refused.status_code == 429
    assert "Encore une." in refused.text, "what was typed is not lost"
    assert len(await notices(service)) == most


async def test_a_trusted_proxy_says_who_sends_and_nobody_else_does(
    client: httpx.AsyncClient, service: RunningService
) -> None:
    for at in range(limits.unsigned_notices_burst_max + 1):
        said = {"x-forwarded-for": f"192.0.2.{at}"}
        assert (await client.post("/signaler", data=await form_of(client), headers=said)).status_code == 200
    elsewhere = httpx.AsyncHTTPTransport(local_address="127.0.0.2", verify=NO_TLS)
    async with httpx.AsyncClient(transport=elsewhere, base_url=service.url, headers=client.headers) as lying:
        states = []
        for at in range(limits.unsigned_notices_burst_max + 1):
            said = {"x-forwarded-for": f"198.51.100.{at}"}
            states.append((await lying.post("/signaler", data=await form_of(lying), headers=said)).status_code)
    assert states == [200] * limits.unsigned_notices_burst_max + [429]

    service.service.settings = replace(service.service.settings, trusted_proxies=("192.0.2.7",))
    assert Server(service.service).config.forwarded_allow_ips == ["192.0.2.7"]


def test_who_has_a_network_is_one() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:2") != network_of("2001:db8:0:1::1")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1")
    assert network_of("unix") == "unix"
