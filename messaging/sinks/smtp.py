"""Mails to one mail server (RFC 5321), over TLS but on this machine's loopback interface."""

import re
import ssl
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from messaging.domain import limits
from messaging.ports import MailServerError, UndeliverableError

_PORTS: Final = {"smtps": 465, "smtp": 587}
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_STATUS: Final = re.compile(r"\s*(\d\.\d{1,3}\.\d{1,3})\b")
_GONE: Final = re.compile(r"5\.1\.[0-9]+|5\.2\.1")
"""Enhanced status (RFC 3463): the address or its mailbox is refused. Others are about the sender, a quota, a policy."""
_GONE_CODES: Final = (550, 551, 553)
"""Of a server that gives no enhanced status (RFC 5321 section 4.2.3)."""


@dataclass(frozen=True, slots=True)
class _Server:
    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool
    start_tls: bool


class SmtpSink:
    """`messaging.ports.MailSink`. `url`: `smtps://` for TLS from the start, `smtp://` for STARTTLS, which is not waived
    but on loopback; user and password percent-encoded.
    """

    def __init__(self, url: str, sender: str) -> None:
        self._server = _parse(url)
        self._sender = sender

    async def send(self, address: str, letter: bytes) -> None:
        try:
            async with self._client() as client:
                await client.sendmail(self._sender, [address], letter)
        except aiosmtplib.SMTPRecipientsRefused as error:
            refusal = error.recipients[0]
            if _is_gone(refusal.code, refusal.message):
                raise UndeliverableError from None
            raise self._error(f"the mail server refused a recipient for now ({refusal.code})") from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise self._told(error) from None

    async def check(self) -> None:
        """Connects, signs in and leaves. Raises: MailServerError."""
        try:
            async with self._client() as client:
                await client.noop()
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise self._told(error) from None

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.tls,
            start_tls=server.start_tls,
            timeout=limits.smtp_s,
            local_hostname=self._sender.rpartition("@")[2],
        )

    def _told(self, error: Exception) -> MailServerError:
        if isinstance(error, aiosmtplib.SMTPAuthenticationError):
            return self._error(f"user or password is refused ({error.code}). Check PLI_SMTP_URL")
        if isinstance(error, aiosmtplib.SMTPSenderRefused):
            return self._error(f"the sender is refused ({error.code}). Set PLI_SMTP_FROM to an address of this server")
        if isinstance(error, aiosmtplib.SMTPResponseException):
            return self._error(f"it answered {error.code}. Look into its log")
        if isinstance(error, ssl.SSLError | aiosmtplib.SMTPConnectError | OSError):
            return self._error(
                f"no trusted connection ({type(error).__name__}). Check host, port and scheme of PLI_SMTP_URL, and the "
                "server's certificate"
            )
        return self._error(f"{type(error).__name__}. Does it offer STARTTLS? Else write smtps:// in PLI_SMTP_URL")

    def _error(self, says: str) -> MailServerError:
        return MailServerError(f"{self._server.host}:{self._server.port}: {says}.")


def _parse(url: str) -> _Server:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return _Server(
        host=host,
        port=parts.port or _PORTS[parts.scheme],
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
        tls=parts.scheme == "smtps",
        start_tls=parts.scheme == "smtp" and host not in _LOOPBACK,
    )


def _is_gone(code: int, message: str) -> bool:
    """Whether the refusal of a recipient says that nobody has this address."""
    status = _STATUS.match(message)
    if status is not None:
        return 500 <= code < 600 and _GONE.fullmatch(status[1]) is not None
    return code in _GONE_CODES
