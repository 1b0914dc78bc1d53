"""The notice form for people outside of the conversations (PROTOCOL.md section 9.1): no account, no script, no cookie.

A GET shows the form and looks nothing up; the POST of it acts, once however often it is sent: the form carries the code
by which its notice is known. A POST that another site's page brought about is refused by what the browser says of its
origin; there is no session that one could ride on. All that was typed is shown again escaped, and nowhere logged.
"""

import base64
import binascii
import hashlib
import html
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from messaging.domain import limits
from messaging.domain.errors import Conflict, Malformed, NotFound, PliError, TooMany
from messaging.domain.ids import ID_BYTES
from messaging.domain.rates import Rate
from messaging.domain.vocabulary import ReportCategory
from messaging.http.addresses import origin_of
from messaging.http.body import read_body
from messaging.http.exchange import problem_response
from messaging.pipeline import Pipeline
from messaging.ports import Rates
from messaging.services.context import Context
from messaging.services.moderation import outside
from messaging.wire.moderation import NoticeView, OutsideNotice

FORM: Final = "/signaler"
FOLLOW: Final = "/signaler/suivi"
_FIELDS_MAX: Final = 8
_PARIS: Final = ZoneInfo("Europe/Paris")


def _typeset(content: str) -> str:
    """French spaces before signs, which are easily lost in a source file."""
    return content.replace(" ?<", "\u202f?<").replace(" : ", "\u00a0: ").replace(" ; ", "\u202f; ")


_CATEGORIES: Final[Mapping[ReportCategory, str]] = MappingProxyType(
    {
        ReportCategory.POSING: "Recruteur qui se présente comme un candidat",
        ReportCategory.PAYMENT: "Demande d’argent",
        ReportCategory.HARASSMENT: "Harcèlement ou insultes",
        ReportCategory.FALSE_DIPLOMA: "Faux diplôme",
        ReportCategory.CONTACT_PRESSURE: "Pression pour obtenir des coordonnées",
        ReportCategory.OTHER: "Autre",
    }
)
_PROGRESS: Final = MappingProxyType(
    {
        "received": "Reçue\u00a0: la modération va l’examiner.",
        "in_review": "En cours d’examen par la modération.",
        "decided": "La modération a pris une décision.",
        "appealed": "La décision est contestée\u202f; un autre modérateur l’examine.",
        "upheld": "La décision a été confirmée.",
        "overturned": "La décision a été annulée.",
        "closed": "Le dossier est clos.",
    }
)

_STYLE: Final = (
    ":root{color-scheme:light dark;--paper:#f7f5f0;--sheet:#fff;--ink:#1c2529;--line:#55646b;"
    "--deep:#1d4d57;--on:#fff;--wrong:#8a1f1f;"
    "font:1rem/1.5 system-ui,sans-serif}"
    "@media(prefers-color-scheme:dark){:root{--paper:#14191b;--sheet:#1c2326;--ink:#e8ecec;--line:#a8b4b8;--deep:#7fc3cc;--on:#0e2024;--wrong:#ffb3ab}}"
    "*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);overflow-wrap:anywhere}"
    "main{max-width:38rem;margin:2rem auto;padding:0 1rem 3rem}h1,h2{line-height:1.25}h2{margin-top:2.5rem}"
    "a{color:var(--deep)}label{display:block;margin-top:1rem;font-weight:600}"
    "input:not([type=checkbox]),select,textarea{width:100%;min-height:44px;padding:8px 12px;font:inherit;"
    "color:inherit;background:var(--sheet);border:1px solid var(--line);border-radius:10px}"
    "textarea{min-height:10rem;resize:vertical}"
    ".check{display:flex;gap:12px;align-items:flex-start;font-weight:400}input[type=checkbox]{flex:none;width:24px;"
    "height:24px;margin:0}button{min-height:44px;margin-top:1rem;padding:8px 16px;font:inherit;color:var(--on);"
    "background:var(--deep);border:0;border-radius:10px;cursor:pointer}"
    ".wrong{padding:12px 16px;color:var(--wrong);border:2px solid;border-radius:10px}"
    ".code{padding:12px 16px;font:600 1.1rem/1.5 ui-monospace,monospace;border:1px dashed var(--line);"
    "border-radius:10px}.reasons{white-space:pre-line}.hint{margin:.25rem 0 0}"
    ":focus-visible{outline:3px solid var(--deep);outline-offset:2px}"
)
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    # Not `no-referrer`: with it, browsers would say `Origin: null` of the form's own page.
    "referrer-policy": "same-origin",
}
_PAGE: Final = (
    '<!doctype html>\n<html lang="fr"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title} – Pli</title>'
    "<style>" + _STYLE.replace("{", "{{").replace("}", "}}") + "</style></head>"
    "<body><main><h1>{title}</h1>{content}</main></body></html>\n"
)
_FORM: Final = _typeset(
    """
<p>Ce formulaire s’adresse à qui n’est dans aucune conversation : une commune qu’une annonce usurpe, par exemple.
Si l’on vous a écrit ici, signalez plutôt le message depuis la conversation : vous pourrez le montrer à la
modération.</p>
<p>Écrivez dans vos mots, sans joindre de contenu. Seules la modération et la plateforme peuvent lire ce que vous
écrivez. Votre nom n’est pas demandé.</p>
{wrong}
<form method="post" action="/signaler">
<input type="hidden" name="code" value="{code}">
<label for="category">De quoi s’agit-il ?</label>
<select id="category" name="category" required>{options}</select>
<label for="place">Où l’avez-vous vu ?</label>
<input id="place" name="place" maxlength="{place_max}" required aria-describedby="place-hint" value="{place}">
<p class="hint" id="place-hint">L’adresse de la page ou de l’annonce, aussi exacte que possible.</p>
<label for="text">Que se passe-t-il ?</label>
<textarea id="text" name="text" maxlength="{text_max}" required aria-describedby="text-hint">{text}</textarea>
<p class="hint" id="text-hint">{text_max_said} caractères au plus. N’indiquez pas de données personnelles inutiles.</p>
<label class="check"><input type="checkbox" name="good_faith" value="yes" required{good_faith}>
Je déclare de bonne foi que ces informations sont exactes et complètes.</label>
<button>Envoyer à la modération</button>
</form>
<h2>Suivre une notification</h2>
<form method="post" action="/signaler/suivi">
<label for="follow">Votre code de suivi</label>
<input id="follow" name="code" type="text" autocomplete="off" spellcheck="false" maxlength="64" required>
<button>Voir où elle en est</button>
</form>
"""
)
_TAKEN: Final = _typeset(
    """
<p role="status">La modération a reçu votre notification. Elle l’examinera, puis décidera.</p>
<p>Notez ce code de suivi : lui seul permet de savoir ce qu’elle est devenue, et personne ne peut le retrouver.</p>
<p class="code">{code}</p>
<p><a href="/signaler">Retour au formulaire</a></p>
"""
)
_FOLLOWED: Final = """
<p>Envoyée le {at}. {category}.</p>
<p role="status"><strong>{progress}</strong></p>
{statements}
<p><a href="/signaler">Retour au formulaire</a></p>
"""


class NoticePages:
    """The form, what becomes of it, and what became of a notice."""

    def __init__(self, pipeline: Pipeline, context: Context, rates: Rates, origins: Collection[str]) -> None:
        """`origins`: of the service's own pages."""
        self._pipeline = pipeline
        self._context = context
        self._origins = origins
        self._rates = rates

    def routes(self) -> Iterator[BaseRoute]:
        yield Route(FORM, self.show, methods=["GET"])
        yield Route(FORM, self.take, methods=["POST"])
        yield Route(FOLLOW, self.follow, methods=["POST"])

    async def show(self, request: Request) -> Response:
        return _page("Signaler à la modération", self._form({}))

    async def take(self, request: Request) -> Response:
        """Keeps a notice, and shows its code."""
        try:
            fields = await self._fields(request)
        except PliError as error:
            return problem_response(error)
        code = _code_in(fields.get("code", ""))
        wrong = _wrong(fields, code)
        if wrong is not None or code is None:
            return _page("Signaler à la modération", self._form(fields, wrong or _AGAIN), 400)
        body = OutsideNotice(
            outside.notice_of(code), ReportCategory(fields["category"]), _told(fields), good_faith=True
        )
        if self._rates.take(Rate.NOTICES, origin_of(request)):
            return _page("Signaler à la modération", self._form(fields, _LATER), 429)
        try:
            await self._pipeline.run(lambda tx: outside.send_unsigned(tx, body, self._context))
        except TooMany:
            return _page("Signaler à la modération", self._form(fields, _LATER), 429)
        except Conflict:
            used = _USED.format(code=_shown(code))
            return _page("Signaler à la modération", self._form({**fields, "code": ""}, used), 409)
        except PliError as error:
            return problem_response(error)
        return _page("Votre notification est reçue", _TAKEN.format(code=_shown(code)))

    async def follow(self, request: Request) -> Response:
        """What became of a notice, for who has its code. A POST: the code stands in no address."""
        try:
            fields = await self._fields(request)
            code = _code_in(fields.get("code", ""))
            found = None if code is None else await self._pipeline.read(lambda tx: outside.followed(tx, code))
        except PliError as error:
            return problem_response(error)
        if found is None:
            return _page("Signaler à la modération", self._form({}, _UNKNOWN), 404)
        return _page("Votre notification", _followed(found))

    async def _fields(self, request: Request) -> Mapping[str, str]:
        """What was filled in, on a page of this service. Raises: NotFound, Malformed, TooLarge."""
        site = request.headers.get("sec-fetch-site", "same-origin")
        origin = request.headers.get("origin")
        if site not in ("same-origin", "none") or (origin is not None and origin not in self._origins):
            raise NotFound("unknown, or not yours")
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            raise Malformed("a form is expected")
        content = await read_body(request, limits.notice_form_bytes_max, limits.http_body_s)
        try:
            text = content.decode("ascii")
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_FIELDS_MAX, errors="strict")
        except ValueError as error:
            raise Malformed("not a form that was filled in") from error
        # A browser ends lines of a form with both characters, and counts one.
        return {name: value.replace("\r\n", "\n") for name, value in pairs}

    def _form(self, fields: Mapping[str, str], wrong: str = "") -> str:
        code = _code_in(fields.get("code", "")) or self._context.entropy(ID_BYTES)
        chosen = fields.get("category", "")
        options = [f'<option value="" disabled{"" if chosen else " selected"}>Choisissez une raison</option>'] + [
            f'<option value="{each.value}"{" selected" if each.value == chosen else ""}>{name}</option>'
            for each, name in _CATEGORIES.items()
        ]
        return _FORM.format(
            wrong=f'<p class="wrong" role="alert">{wrong}</p>' if wrong else "",
            code=_shown(code),
            options="".join(options),
            place=html.escape(fields.get("place", "")),
            text=html.escape(fields.get("text", "")),
            place_max=limits.notice_place_chars_max,
            text_max=_TEXT_CHARS_MAX,
            text_max_said=f"{_TEXT_CHARS_MAX:,}".replace(",", "\u202f"),
            good_faith=" checked" if fields.get("good_faith") == "yes" else "",
        )


_LABEL: Final = "Où : "
_TEXT_CHARS_MAX: Final = limits.notice_text_chars_max - limits.notice_place_chars_max - len(_LABEL) - 2
_AGAIN: Final = "Ce formulaire n’est plus valable. Relisez-le, puis envoyez-le à nouveau."
_LATER: Final = (
    "Trop de notifications arrivent en ce moment. La vôtre n’est pas partie\u202f; réessayez dans une heure."
)
_USED: Final = _typeset(
    "Une notification est déjà partie de ce formulaire, avec d’autres mots ou une autre raison : la modération l’a "
    "reçue, et son code de suivi est <strong>{code}</strong>. Ce qui est écrit ci-dessous n’est pas parti. Pour "
    "l’envoyer aussi, envoyez à nouveau ; cela fera une seconde notification, avec un code à elle."
)
_UNKNOWN: Final = "Aucune notification n’a ce code, ou elle n’est plus gardée. Vérifiez chaque caractère."


def _wrong(fields: Mapping[str, str], code: bytes | None) -> str | None:
    """What is to be mended before it can be sent; None: nothing."""
    place, text = fields.get("place", "").strip(), fields.get("text", "").strip()
    if code is None:
        return _AGAIN
    if fields.get("category", "") not in {each.value for each in ReportCategory}:
        return "Choisissez de quoi il s’agit."
    if not place or not text:
        return "Dites où vous l’avez vu, et ce qui se passe."
    if len(place) > limits.notice_place_chars_max or len(text) > _TEXT_CHARS_MAX:
        return "Ce texte est trop long."
    if "\x00" in place + text:
        return "Ce texte contient un caractère qui ne peut pas être gardé."
    if fields.get("good_faith") != "yes":
        return "Déclarez de bonne foi que ces informations sont exactes."
    return None


def _told(fields: Mapping[str, str]) -> str:
    return f"{_LABEL}{fields['place'].strip()}\n\n{fields['text'].strip()}"


def _code_in(text: str) -> bytes | None:
    """The code as it is typed, whatever its case and hyphens; None: not one."""
    letters = "".join(text.upper().replace("-", " ").split())
    try:
        code = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        return None
    return code if len(code) == ID_BYTES else None


def _shown(code: bytes) -> str:
    letters = base64.b32encode(code).decode().rstrip("=")
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def _followed(found: NoticeView) -> str:
    statements = "".join(
        f'<h2>{_date(each.at)}</h2><p class="reasons">{html.escape(each.fr)}</p>' for each in found.statements
    )
    return _FOLLOWED.format(
        at=_date(found.at),
        category=_CATEGORIES[found.category],
        progress=_PROGRESS.get(found.progress, _PROGRESS["in_review"]),
        statements=statements,
    )


def _date(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000, UTC).astimezone(_PARIS).strftime("%d/%m/%Y à %H h %M")


def _page(title: str, content: str, status: int = 200) -> Response:
    return HTMLResponse(_PAGE.format(title=title, content=content), status, _HEADERS)
