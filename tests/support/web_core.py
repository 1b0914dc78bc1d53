"""The web client's core without a page: a process of Node.js that takes orders, and what it last showed."""

import asyncio
import base64
import contextlib
import json
import os
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Final

from messaging.ports import MailboxClaim
from pli_client import Trust
from tests.support.orders import Ordered, ordered
from tests.support.server import Deployed

WAIT_S: Final = 40.0


class OrderFailed(Exception):
    """The core refused: the name of the error, and the code of a problem if there is one."""

    def __init__(self, reason: str, code: str | None) -> None:
        super().__init__(f"{reason} {code or ''}")
        self.reason = reason
        self.code = code


class WebCore(Ordered):
    """One browser of one person, as far as the core goes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super().__init__(reader, writer, WAIT_S)
        self.picture: dict[str, Any] = {}
        self.code = ""
        """The account's recovery code, for whoever wrote it down."""
        self.notices: list[dict[str, Any]] = []
        self._news = asyncio.Event()

    async def open(self, code: str | None = None) -> None:
        """Opens the account; a code that is shown is kept as `code`."""
        await self.order("open", code=code)

    async def close(self) -> None:
        await self.order("close")

    async def leave(self) -> None:
        """The page is gone: nothing more is written or said."""
        await self.order("leave")

    async def opened(self) -> int:
        """How many messages it decrypted since the last asking."""
        return int(await self.order("opened"))

    async def kept(self) -> list[str]:
        """The names of what it keeps between two runs."""
        return list(await self.order("kept"))

    async def act(self, kind: str, **fields: Any) -> Any:
        """Raises: OrderFailed."""
        return await self.order("act", action={"type": kind, **fields})

    def start(self, kind: str, **fields: Any) -> "asyncio.Task[Any]":
        return asyncio.create_task(self.act(kind, **fields))

    async def until(self, holds: Callable[[dict[str, Any]], Any]) -> Any:
        """Waits until something holds of the picture; returns what it gave. Raises: AssertionError."""
        try:
            async with asyncio.timeout(WAIT_S):
                while True:
                    self._news.clear()
                    if self.picture and (found := holds(self.picture)):
                        return found
                    await self._news.wait()
        except TimeoutError:
            shown = json.dumps(self.picture, ensure_ascii=False)[:4_000]
            raise AssertionError(f"it never held; the picture is {shown}, there were {self.notices}") from None

    async def until_open(self) -> None:
        await self.until(lambda picture: picture["stage"]["name"] == "open" and picture["caughtUp"])

    async def reads(self, text: str) -> dict[str, Any]:
        """The message with this text in an opened conversation."""
        return dict(await self.until(lambda _: next((m for m in self.messages if m["text"] == text), None)))

    @property
    def thread(self) -> str:
        """The id of the one conversation."""
        (line,) = self.picture["threads"]
        return str(line["id"])

    @property
    def items(self) -> list[dict[str, Any]]:
        return [item for view in self.picture.get("opened", {}).values() for item in view["items"]]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [item for item in self.items if item["type"] == "message"]

    @property
    def view(self) -> dict[str, Any]:
        """The one opened conversation."""
        (view,) = self.picture["opened"].values()
        return dict(view)

    async def send(self, text: str, msg_id: str | None = None) -> str:
        msg_id = msg_id or new_id()
        await self.act("send", thread=self.thread, msgId=msg_id, text=text)
        return msg_id

    def failure(self, answer: dict[str, Any]) -> Exception:
        return OrderFailed(answer["failed"], answer["code"])

    def hear(self, news: dict[str, Any]) -> None:
        if "picture" in news:
            self.picture = news["picture"]
        else:
            self.notices.append(news["notice"])
        self._news.set()


@contextlib.asynccontextmanager
async def web_core(
    service: Deployed,
    trust: Trust,
    folder: Path,
    subject: str,
    claims: Sequence[MailboxClaim],
    *,
    url: str = "",
    token_s: int = 900,
    blocks_websocket: bool = False,
) -> AsyncIterator[WebCore]:
    """A browser that is new to the account; `url` is where it finds the service."""
    token_file = folder / f"{subject}.token"
    token_file.write_text(service.token(subject, claims, lifetime_s=token_s))
    configuration = {
        "url": url or service.url,
        "tokenFile": str(token_file),
        "trust": {
            "service": base64.b64encode(trust.service_id).decode(),
            "stampKey": base64.b64encode(trust.stamp_key).decode(),
            "platformKey": None if trust.platform_key is None else base64.b64encode(trust.platform_key).decode(),
            "attestationAudience": trust.attestation_audience,
            "moderationRoot": None if trust.moderation_root is None else b64(trust.moderation_root),
            "auditKey": None if trust.audit_key is None else b64(trust.audit_key),
        },
        "blocksWebSocket": blocks_websocket,
    }
    async with ordered(WebCore, "src/drive/driver.ts", json.dumps(configuration)) as core:
        yield core


def b64(raw: bytes) -> str:
    """As the wire and the core name it."""
    return base64.b64encode(raw).decode()


def new_id() -> str:
    return b64(os.urandom(16))
