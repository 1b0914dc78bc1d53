"""Showing one's card: which fields, the text that is agreed to, and taking it back."""

from typing import TYPE_CHECKING, Final

from messaging.chat import rendering
from messaging.domain.consent import CardState
from pli_client import Card, Thread

if TYPE_CHECKING:
    from messaging.chat.visit import Visit

_CHANNEL: Final = "chat"


async def consent(visit: "Visit", thread: Thread) -> None:
    """Asks which fields, shows the text, and consents only to a spelled-out yes."""
    say, console, card = visit.say, visit.console, visit.person.card
    fields = rendering.own_fields(card, say)
    console.show("\n".join([say("card_fields"), *(line for _, line in fields)]))
    numbers = (await console.answer(say("which_fields"))).replace(",", " ").split()
    chosen = {name for number, (name, _) in enumerate(fields, 1) if str(number) in numbers}
    if not chosen:
        console.show(say("no_consent"))
        return
    console.show(say("consent_text"))
    if not await visit.agrees(say("agree")):
        console.show(say("no_consent"))
        return
    await thread.consent(
        Card(**{name: card[name] for name in chosen}),
        fields=chosen,
        text=say("consent_text"),
        attestation=await visit.person.attestation(visit.client.mailbox(thread.mailbox).identity_key),
        channel=_CHANNEL,
    )
    console.show(say("consented_shown" if thread.revealed else "consented"))


async def withdraw(visit: "Visit", thread: Thread) -> None:
    """Takes back this person's consents in a conversation."""
    say, console = visit.say, visit.console
    seat = visit.client.mailbox(thread.mailbox).seat
    given = [card for card in await thread.own_cards() if card.seat == seat and card.state in _GIVEN]
    if not given:
        console.show(say("nothing_to_withdraw"))
    for card in given:
        await thread.withdraw(card.card)
        console.show(say("withdrawn" if card.state == CardState.WAITING else "seen_stays_seen"))


_GIVEN: Final = (CardState.WAITING, CardState.RELEASED)
