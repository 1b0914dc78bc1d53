"""What is outside of the service: a mail server that keeps what it gets, and a push service that decrypts it."""

import asyncio
import contextlib
import functools
import os
import re
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import http_ece
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from messaging.wire.alerts import PushSubscription


@dataclass
class MailServer:
    """Keeps every mail, raw, with whom it was for. `refusals`: what it answers to a recipient instead."""

    port: int = 0
    mails: list[tuple[str, bytes]] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    accepts: bool = True

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if not self.accepts:
            return "451 4.3.0 Try again later"
        assert isinstance(envelope.content, bytes)
        (address,) = envelope.rcpt_tos
        self.mails.append((address, envelope.content))
        return "250 OK"

    def parsed(self, index: int) -> EmailMessage:
        return message_from_bytes(self.mails[index][1], policy=default)

    def link(self, index: int, page: str) -> str:
        """The path of a link in a mail."""
        found = re.search(rf"https?://[^/\s]+(/{page}/[\w-]+)", self.parsed(index).get_content())
        assert found, page
        return found[1]


@contextlib.asynccontextmanager
async def mail_server(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> AsyncIterator[MailServer]:
    """`tls`: from the start; without it there is none."""
    kept = MailServer()
    loop = asyncio.get_running_loop()
    made = functools.partial(SMTP, kept, enable_SMTPUTF8=False, loop=loop)
    server = await loop.create_server(made, host, 0, ssl=tls)
    kept.port = server.sockets[0].getsockname()[1]
    try:
        yield kept
    finally:
        server.close()


@dataclass
class PushService:
    """Keeps what it was posted: the head of each request, and its body. `status`: what it answers."""

    port: int = 0
    posts: list[tuple[bytes, bytes]] = field(default_factory=list)
    status: int = 201
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def subscription(self) -> PushSubscription:
        """As its browser would hand it over."""
        public = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return PushSubscription(f"http://127.0.0.1:{self.port}/wpush/{self.auth.hex()}", public, self.auth)

    def opened(self, index: int) -> bytes:
        """What the browser reads."""
        plain: bytes = http_ece.decrypt(self.posts[index][1], private_key=self.key, auth_secret=self.auth)
        return plain

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        assert length
        self.posts.append((head, await reader.readexactly(int(length[1]))))
        extra = "location: http://127.0.0.1:1/elsewhere\r\n" if 300 <= self.status < 400 else ""
        writer.write(f"HTTP/1.1 {self.status} X\r\n{extra}content-length: 0\r\nconnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def push_service(**options: Any) -> AsyncIterator[PushService]:
    kept = PushService(**options)
    server = await asyncio.start_server(kept.serve, "127.0.0.1", 0)
    kept.port = server.sockets[0].getsockname()[1]
    try:
        yield kept
    finally:
        server.close()
