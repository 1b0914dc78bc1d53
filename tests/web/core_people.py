"""The project’s holder on the web’s core, in the tests that stand beside this."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from tests.journeys.people import Cast, Online, trust_of
from tests.support.server import Deployed
from tests.support.web_core import WebCore, b64, new_id, web_core
from tests.web.browsing import HOLDER


async def entered(web: WebCore) -> str:
    """Opens a new account and keeps its code."""
    opening = asyncio.create_task(web.open())
    code = str(await web.until(lambda picture: picture["stage"].get("code")))
    await web.act("codeKept")
    await opening
    await web.until_open()
    return code


@contextlib.asynccontextmanager
async def holder(
    service: Deployed, people: Cast, folder: Path, *, url: str = "", blocks_websocket: bool = False
) -> AsyncIterator[WebCore]:
    """The project's holder on the web, their mailbox founded."""
    trust = await trust_of(service)
    async with web_core(service, trust, folder, "camille", HOLDER, url=url, blocks_websocket=blocks_websocket) as web:
        web.code = await entered(web)
        await web.act("found", mailbox=b64(people.project))
        yield web


@contextlib.asynccontextmanager
async def holder_again(service: Deployed, people: Cast, folder: Path, before: WebCore) -> AsyncIterator[WebCore]:
    """The same person in a browser that is new to the account, with the recovery code at hand."""
    async with web_core(service, await trust_of(service), folder, "camille", HOLDER) as web:
        await web.open()
        assert web.picture["stage"] == {"name": "needsCode", "wrong": False}
        other = "0000-0000-0000-0000-0000-0000-00H0"
        await web.act("enterCode", code=other)
        assert web.picture["stage"] == {"name": "needsCode", "wrong": True}
        await web.act("enterCode", code=before.code)
        await web.until_open()
        yield web


async def first_contact(web: WebCore, people: Cast, reader: Online) -> None:
    """From the web to the village; both have the conversation open then."""
    await web.act("write", mailbox=b64(people.project), target=b64(people.listing), id=new_id(), text="Bonjour")
    await reader.reads("Bonjour")
    await web.until(lambda picture: picture["threads"])
    await web.act("open", thread=web.thread)
    await web.reads("Bonjour")


def texts(web: WebCore) -> list[str]:
    return [each["text"] for each in web.messages]


def refusals(web: WebCore) -> list[str]:
    return [each["rule"] for each in web.items if each["type"] == "refused"]
