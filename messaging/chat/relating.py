"""What a side says or does of a conversation itself: proposing, closing, taking up again, blocking."""

from typing import TYPE_CHECKING

from messaging.domain.vocabulary import ClosingReason
from pli_client import Thread

if TYPE_CHECKING:
    from messaging.chat.visit import Visit


async def propose(visit: "Visit", thread: Thread) -> None:
    """Proposes openly to show identities; it consents to nothing."""
    await thread.ask()
    visit.show_new()


async def close(visit: "Visit", thread: Thread) -> None:
    """Closes the conversation, for a reason that the peer learns only if the person wants it to."""
    say, console = visit.say, visit.console
    reasons = list(ClosingReason)
    lines = [f"  {number}. {say(f'reason_{reason}')}" for number, reason in enumerate(reasons, 1)]
    console.show("\n".join([say("closing_reasons"), *lines]))
    chosen = await console.answer(say("which_reason"))
    if not chosen.isdecimal() or not 1 <= int(chosen) <= len(reasons):
        console.show(say("not_closed"))
        return
    await thread.close(reasons[int(chosen) - 1], tell=await visit.agrees(say("tell_reason")))
    visit.show_new()


async def reopen(visit: "Visit", thread: Thread) -> None:
    await thread.reopen()
    visit.show_new()


async def block(visit: "Visit", thread: Thread) -> None:
    """To the peer it is silence."""
    if await visit.agrees(visit.say("block_sure")):
        await thread.block()
        visit.console.show(visit.say("blocked"))


async def unblock(visit: "Visit", thread: Thread) -> None:
    await thread.unblock()
    visit.console.show(visit.say("unblocked"))
    visit.show_new()
