"""Getting into a mailbox, and letting a colleague in: twelve words, compared by two people."""

from typing import TYPE_CHECKING, Final

from messaging.chat import rendering
from messaging.chat.catalogue import Texts
from messaging.chat.console import Console
from messaging.wire.types import SeatView
from pli_client import Client, Mailbox
from pli_client.errors import ResetUnaccepted

if TYPE_CHECKING:
    from messaging.chat.visit import Visit

_WAIT_S: Final = 600.0


async def take_seat(client: Client, console: Console, say: Texts) -> Mailbox | None:
    """The person's mailbox: as it is, founded now, or entered once a colleague has admitted them. None: there is none.

    Raises: ClientError, E2EEError.
    """
    if client.mailboxes:
        return client.mailboxes[0]
    if not client.seats:
        console.show(say("no_mailbox"))
        return None
    view = client.seats[0]
    try:
        return await _seated(client, console, say, view)
    except ResetUnaccepted:
        if not await agrees(console, say, say("reset_known")):
            return None
    if view.founded:
        await client.accept_reset(view.mailbox)
    return await _seated(client, console, say, view, after_reset=True)


async def _seated(
    client: Client, console: Console, say: Texts, view: SeatView, *, after_reset: bool = False
) -> Mailbox:
    if not view.founded:
        mailbox = await client.found(view.mailbox, after_reset=after_reset)
        console.show(say("founded"))
        return mailbox
    asked = await client.ask_seat(view.mailbox)
    console.show(f"{say('seat_words')}\n{rendering.words(asked.words)}\n{say('seat_waiting')}")
    return await asked.admitted(timeout_s=_WAIT_S)


async def agrees(console: Console, say: Texts, question: str) -> bool:
    """Whether the person says yes."""
    return (await console.answer(question)).casefold() in (say("yes"), say("yes")[0])


async def admit(visit: "Visit") -> None:
    """Shows who asks, and admits whoever's words are the same on both screens."""
    say, console = visit.say, visit.console
    nobody = True
    for mailbox in visit.client.mailboxes:
        if not mailbox.view.admin:
            continue
        for asked in await mailbox.pending():
            nobody = False
            console.show(rendering.words(asked.words))
            same = await visit.agrees(say("seat_compare", role=rendering.role(asked.role, say)))
            if same:
                await mailbox.admit(asked.seat, asked.words)
            console.show(say("seated" if same else "not_seated"))
    if nobody:
        console.show(say("nobody_asks"))
