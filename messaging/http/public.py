"""What is answered without a token: health, the service's own data, and a page for every problem."""

import html
from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from messaging.domain.errors import NotFound
from messaging.http.exchange import json_response, problem_response
from messaging.relations import schemas
from messaging.wire.problems import CATALOGUE
from messaging.wire.rest import ServiceInfo

_PAGE = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – Pli</title>
<style>:root{{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}}
main{{max-width:38rem;margin:3rem auto;padding:0 1rem}}</style></head>
<body><main><p><code>{code}</code></p><h1>{title}</h1><p>{advice}</p>
<section lang="en"><h2>{title_en}</h2><p>{advice_en}</p></section></main></body></html>
"""
_PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class Public:
    """Handlers that need no token and no database."""

    def __init__(self, info: Callable[[], ServiceInfo], ready: Callable[[], bool]) -> None:
        self._info = info
        self._ready = ready

    async def health(self, request: Request) -> Response:
        """The process answers."""
        return PlainTextResponse("ok\n")

    async def readiness(self, request: Request) -> Response:
        """Whether a load balancer should send newcomers here: 503 while draining."""
        return PlainTextResponse("ready\n") if self._ready() else PlainTextResponse("draining\n", 503)

    async def service(self, request: Request) -> Response:
        return json_response(self._info())

    async def event_schema(self, request: Request) -> Response:
        """The JSON Schema behind `dataschema` of a relation event."""
        kind = schemas.find(request.path_params["type"], request.path_params["version"])
        if kind is None:
            return problem_response(NotFound("unknown, or not yours"))
        return Response(
            msgspec.json.encode(schemas.schema(kind)),
            headers={"x-content-type-options": "nosniff", "cache-control": "public, max-age=86400"},
            media_type="application/schema+json",
        )

    async def problem_page(self, request: Request) -> Response:
        """The page behind a problem's `type`, from the same catalogue."""
        code = request.path_params["code"]
        entry = CATALOGUE.get(code)
        if entry is None:
            return problem_response(NotFound("unknown, or not yours"))
        page = _PAGE.format(
            code=html.escape(code),
            title=html.escape(entry.title_fr),
            advice=html.escape(entry.advice_fr),
            title_en=html.escape(entry.title_en),
            advice_en=html.escape(entry.advice_en),
        )
        return HTMLResponse(page, headers=_PAGE_HEADERS)
