"""What is answered without a token."""

from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from messaging.http.public import Public
from messaging.relations.schemas import schema, schema_uri
from messaging.relations.vocabulary import KINDS, Kind
from messaging.wire.problems import CATALOGUE
from messaging.wire.rest import ServiceInfo

INFO = ServiceInfo(bytes(16), bytes(32), 3, "pli.v1")


class Readiness:
    """Whether the process takes newcomers."""

    ready = True


@pytest.fixture
def readiness() -> Readiness:
    return Readiness()


@pytest.fixture
async def client(readiness: Readiness) -> AsyncIterator[httpx.AsyncClient]:
    public = Public(lambda: INFO, lambda: readiness.ready)
    routes = [
        Route("/healthz", public.health),
        Route("/readyz", public.readiness),
        Route("/v1/service", public.service),
        Route("/problems/{code}", public.problem_page),
        Route("/events/schemas/{type}/{version}", public.event_schema),
    ]
    transport = httpx.ASGITransport(Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://pli") as client:
        yield client


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
async def test_every_schema_is_where_its_events_say(client: httpx.AsyncClient, kind: Kind) -> None:
    answer = await client.get(schema_uri("http://pli/events", kind))
    assert answer.headers["content-type"] == "application/schema+json"
    assert answer.json() == schema(kind)


@pytest.mark.parametrize("path", ["fr.pli.relation.solicited/2", "fr.pli.relation.nothing/1", "solicited/1"])
async def test_no_schema_for_what_there_is_not(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(f"/events/schemas/{path}")).json()["code"] == "not_found"


async def test_health_and_readiness(client: httpx.AsyncClient, readiness: Readiness) -> None:
    assert ((await client.get("/healthz")).text, (await client.get("/readyz")).text) == ("ok\n", "ready\n")
    readiness.ready = False
    draining = await client.get("/readyz")
    assert (draining.status_code, draining.text) == (503, "draining\n")
    assert (await client.get("/healthz")).status_code == 200


async def test_the_service_says_who_it_is(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/service")
    assert msgspec.json.decode(answer.content, type=ServiceInfo) == INFO
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("code", list(CATALOGUE))
async def test_every_problem_has_a_page_in_both_languages(client: httpx.AsyncClient, code: str) -> None:
    answer = await client.get(f"/problems/{code}")
    entry = CATALOGUE[code]
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    texts = (entry.title_fr, entry.advice_fr, entry.title_en, entry.advice_en)
    places = [answer.text.index(text) for text in texts]
    assert places == sorted(places), "French first"
    assert '<html lang="fr">' in answer.text
    assert '<section lang="en">' in answer.text
    assert "script" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("code", ["nothing", "<script>", "NOT_FOUND", "%00"])
async def test_no_page_for_a_problem_that_does_not_exist(client: httpx.AsyncClient, code: str) -> None:
    answer = await client.get(f"/problems/{code}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
