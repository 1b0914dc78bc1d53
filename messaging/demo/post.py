"""The demo's post: a mail server on this machine that keeps what the service sends, for all to look at.

It takes mail for anybody and delivers none. Like the identity provider, it exists in the demo only.
"""

import asyncio
import contextlib
import functools
import html
import re
import ssl
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from typing import Final

import httpx
import msgspec
from aiosmtpd.smtp import SMTP, Envelope, Session

from messaging.domain.alerts import Pace
from messaging.wire.alerts import AlertSettings

SENDER: Final = "avis@pli.example"
PACE: Final = Pace(after=5_000, every=10_000, per_day_max=1_000, spread=1, look_every=2_000)
"""A newcomer who writes does not wait ten minutes to see what the town hall gets."""
_MAILS_MAX: Final = 100
_MAIL_BYTES_MAX: Final = 65_536
_CONFIRM: Final = re.compile(r"https?://[^/\s]+(/alerts/confirm/[\w-]+)")
_LINK: Final = re.compile(r"https?://[^\s<>\"]+")
_ENROLLED_S: Final = 30.0
NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For the loopback interface: the default context reads all certificates of the machine, each time."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as its reader sees it."""

    to: str
    subject: str
    date: str
    text: str


class Post:
    """Keeps the newest mails. `url`: as the service is told where its mail server is."""

    def __init__(self) -> None:
        self.mails: deque[Mail] = deque(maxlen=_MAILS_MAX)
        self.url = ""
        self._came = asyncio.Event()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """As aiosmtpd calls it."""
        content = envelope.content or b""
        letter = message_from_bytes(content if isinstance(content, bytes) else content.encode(), policy=default)
        to, subject, date = (str(letter[name] or "") for name in ("To", "Subject", "Date"))
        self.mails.append(Mail(to, subject, date, letter.get_content()))
        self._came.set()
        return "250 OK"

    def for_address(self, address: str) -> Iterator[Mail]:
        return (mail for mail in self.mails if mail.to == address)

    async def confirmation(self, address: str) -> str:
        """The path of the link that confirms an address, come or to come. Raises: TimeoutError."""
        async with asyncio.timeout(_ENROLLED_S):
            while True:
                self._came.clear()
                for mail in self.for_address(address):
                    if found := _CONFIRM.search(mail.text):
                        return found[1]
                await self._came.wait()

    def page(self, service: str) -> str:
        """The mails, the newest first, as HTML. Links lead to `service`, the one that sent them, and nowhere else."""
        if not self.mails:
            return "<p>Aucun courriel pour l’instant.</p>"
        return "".join(_article(mail, service) for mail in reversed(self.mails))


async def enrol(url: str, token: str, address: str, post: Post) -> None:
    """What a person does once in their inbox: their address, without quiet hours, confirmed by the mail that comes.

    No connection lies idle while that is awaited: the service may end one at the moment at which it is used again.

    Raises: TimeoutError, httpx.HTTPError.
    """
    headers = {"authorization": f"Bearer {token}"}
    body = msgspec.json.encode(AlertSettings(True, address, quiet_begins=0, quiet_ends=0, quiet_sundays=False))
    async with httpx.AsyncClient(base_url=url, verify=NO_TLS) as http:
        (await http.put("/v1/account/alerts", content=body, headers=headers)).raise_for_status()
    link = await post.confirmation(address)
    async with httpx.AsyncClient(base_url=url, verify=NO_TLS) as http:
        (await http.post(link)).raise_for_status()


@contextlib.asynccontextmanager
async def collecting() -> AsyncIterator[Post]:
    """A mail server on a free port of the loopback interface."""
    post = Post()
    made = functools.partial(SMTP, post, data_size_limit=_MAIL_BYTES_MAX, loop=asyncio.get_running_loop())
    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
    post.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield post
    finally:
        server.close()


def _article(mail: Mail, service: str) -> str:
    to, subject, date = (html.escape(part) for part in (mail.to, mail.subject, mail.date))
    about = f'<p class="kind">À&nbsp;: {to} · {date}</p>'
    return f"<article><h2>{subject}</h2>{about}<pre>{_linked(mail.text, service)}</pre></article>"


def _linked(text: str, service: str) -> str:
    parts, end = [], 0
    for found in _LINK.finditer(text):
        parts.append(html.escape(text[end : found.start()]))
        link = html.escape(found[0])
        is_ours = found[0].startswith(f"{service}/")
        parts.append(f'<a href="{link}" rel="noreferrer">{link}</a>' if is_ours else link)
        end = found.end()
    return "".join((*parts, html.escape(text[end:])))
