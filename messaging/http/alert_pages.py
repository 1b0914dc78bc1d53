"""The pages behind the links of a mail: a GET shows a button and looks nothing up, and only the POST of it acts.

Mail scanners open every link, so that a GET shows the same to any token. The links stand for themselves: whoever holds
one reads the mails of its address, and it is good for one thing only.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from messaging.domain import limits
from messaging.domain.errors import PliError
from messaging.http.body import read_body
from messaging.http.exchange import problem_response
from messaging.pipeline import Pipeline
from messaging.ports import Transaction
from messaging.services import alerts
from messaging.services.context import Context
from messaging.services.outcome import Outcome

_FORM_BYTES_MAX: Final = 1_024
_PAGE: Final = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>:root{{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}}
main{{max-width:38rem;margin:3rem auto;padding:0 1rem}}button{{font:inherit;min-height:44px;padding:.5rem 1rem}}</style>
</head><body><main><h1>{title}</h1><p>{says}</p><p lang="en">{says_en}</p>{button}</main></body></html>
"""
_BUTTON: Final = """<form method="post"><button>{label}</button></form>"""
_HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class _Words:
    title: str
    says: str
    says_en: str
    button: str = ""


UseCase = Callable[[Transaction, str, Context], Awaitable[Outcome[bool]]]

_GONE: Final = _Words(
    "Ce lien n’est plus valable",
    "Il a déjà servi, a été remplacé ou date de trop longtemps. Réglez vos avis dans votre messagerie.",
    "This link was used, replaced or is too old. Set your alerts in your inbox.",
)
_CONFIRM: Final = _Words(
    "Recevoir les avis à cette adresse",
    "Confirmez que vous souhaitez recevoir ici les avis de votre messagerie.",
    "Confirm that you want to receive the alerts of your inbox at this address.",
    "Confirmer · Confirm",
)
_CONFIRMED: Final = _Words(
    "Adresse confirmée",
    "Vous recevrez ici un avis lorsque des messages vous attendent.",
    "You will be alerted here when messages are waiting for you.",
)
_UNSUBSCRIBE: Final = _Words(
    "Ne plus recevoir d’avis par courriel",
    "Vos messages vous attendront dans votre messagerie, sans que nous vous écrivions.",
    "Your messages will wait in your inbox, and no e-mail will tell you so.",
    "Ne plus recevoir d’avis · Unsubscribe",
)
_UNSUBSCRIBED: Final = _Words(
    "C’est fait",
    "Vous ne recevrez plus d’avis par courriel. Vous pouvez les rétablir dans votre messagerie.",
    "You will receive no more e-mail alerts. You can turn them on again in your inbox.",
)


class AlertPages:
    """The two pages, and what their buttons do."""

    def __init__(self, pipeline: Pipeline, context: Context) -> None:
        self._pipeline = pipeline
        self._context = context

    def routes(self) -> Iterator[BaseRoute]:
        for name, use_case, asked, done in (
            ("confirm", alerts.confirm, _CONFIRM, _CONFIRMED),
            ("unsubscribe", alerts.unsubscribe, _UNSUBSCRIBE, _UNSUBSCRIBED),
        ):
            path = f"/alerts/{name}/{{token}}"
            yield Route(path, self._shows(asked), methods=["GET"])
            yield Route(path, self._does(use_case, done), methods=["POST"])

    def _shows(self, words: _Words) -> Callable[[Request], Awaitable[Response]]:
        async def show(request: Request) -> Response:
            return _page(words)

        return show

    def _does(self, use_case: UseCase, done: _Words) -> Callable[[Request], Awaitable[Response]]:
        async def do(request: Request) -> Response:
            token = request.path_params["token"]
            try:
                await read_body(request, _FORM_BYTES_MAX, limits.http_body_s)
                worked = await self._pipeline.run(lambda tx: use_case(tx, token, self._context))
            except PliError as error:
                return problem_response(error)
            return _page(done) if worked else _page(_GONE, 404)

        return do


def _page(words: _Words, status: int = 200) -> Response:
    button = _BUTTON.format(label=words.button) if words.button else ""
    page = _PAGE.format(title=words.title, says=words.says, says_en=words.says_en, button=button)
    return HTMLResponse(page, status, _HEADERS)
