"""How a conversation looks in lines of text. Values in, text out; other people's text is made safe on the way."""

from collections.abc import Mapping
from typing import Final

from messaging.chat.catalogue import Texts
from messaging.chat.shown import clock, on_one_line, safe
from messaging.domain.vocabulary import RECIPIENT, THIRD, CardField, Role
from messaging.wire.types import Presentation
from pli_client import CardsReleased, Item, Mailbox, Message, NotRendered, RevealedCard, Thread
from pli_client.views import Asked, Closed, Reopened, Said, SideReset, StepTaken, ThirdInvited, ThirdJoined, ThirdLeft

_LAST_CHARS: Final = 60


def peer(thread: Thread, say: Texts) -> str:
    """Who is at the other end: by name once a card was shown, else as the platform presents them. What a side showed
    before it began anew does not say who writes now.
    """
    names: list[str] = []
    for entry in thread.items:
        if isinstance(entry, SideReset) and not entry.own:
            names.clear()
        elif isinstance(entry, CardsReleased):
            names += [card.fields["name"] for card in entry.cards if not card.own and "name" in card.fields]
    if names:
        return safe(", ".join(names))
    return _presented(thread.peer, say)


def listed(number: int, thread: Thread, say: Texts) -> str:
    """One line of the list of conversations."""
    unread = sum(1 for message in thread.messages if not message.own and message.seq > thread.state.read_seq)
    texts = [message.text or say("unknown_content") for message in thread.messages[-1:]]
    last = on_one_line(texts[0], _LAST_CHARS) if texts else say("no_text")
    count = say("unread", count=unread) if unread and not thread.hidden else ""
    count += say("blocked_mark") if thread.hidden else say("closed_mark") if thread.closed else ""
    return say("thread_line", number=number, peer=peer(thread, say), unread=count, last=last)


def item(entry: Item, thread: Thread, mailbox: Mailbox | None, say: Texts) -> str:
    match entry:
        case Message():
            text = safe(entry.text) if entry.text is not None else say("unknown_content")
            return f"[{clock(entry.at)}] {_author(entry, thread, mailbox, say)}\u00a0: {text}"
        case CardsReleased():
            return "\n".join([say("released"), *cards(entry.cards, say)])
        case Asked():
            return f"[{clock(entry.at)}] {_side(entry, thread, say)}\u00a0: {say('asked')}"
        case Closed():
            why = "" if entry.reason is None else f" ({say(f'reason_{entry.reason}')})"
            return f"[{clock(entry.at)}] {_side(entry, thread, say)}\u00a0: {say('closed')}{why}"
        case Reopened():
            return f"[{clock(entry.at)}] {_side(entry, thread, say)}\u00a0: {say('reopened')}"
        case StepTaken():
            taken = say("step_unknown" if entry.step is None else f"step_{entry.step}")
            return f"[{clock(entry.at)}] {_side(entry, thread, say)}\u00a0: {taken}"
        case ThirdInvited() | ThirdJoined() | ThirdLeft():
            return _of_third(entry, thread, say)
        case SideReset():
            return say("side_reset")
        case NotRendered():
            return say("not_rendered")
        case _:
            return say("unknown_content")


def _side(entry: Said | ThirdInvited, thread: Thread, say: Texts) -> str:
    return say("own_card") if entry.own else peer(thread, say)


def _of_third(entry: ThirdInvited | ThirdJoined | ThirdLeft, thread: Thread, say: Texts) -> str:
    match entry:
        case ThirdInvited():
            what = say("third_invited_history" if entry.history else "third_invited", third=_third(entry, say))
            return f"[{clock(entry.at)}] {_side(entry, thread, say)}\u00a0: {what}"
        case ThirdJoined():
            return say("third_joined", third=_third(entry, say))
        case ThirdLeft():
            return say("third_left")


def _third(entry: ThirdInvited | ThirdJoined, say: Texts) -> str:
    return _presented(entry.presentation, say)


def _presented(shown: Presentation, say: Texts) -> str:
    """Somebody as the platform presents them."""
    return say("verified" if shown.verified else "unverified", group=safe(shown.group), area=safe(shown.area))


def _author(message: Message, thread: Thread, mailbox: Mailbox | None, say: Texts) -> str:
    if not message.own and message.party == THIRD:
        joined = [i for i in thread.items if isinstance(i, ThirdJoined) and i.seq < message.seq]
        return _third(joined[-1], say) if joined else say("third_party")
    if not message.own and thread.recipient is not None and message.party == RECIPIENT:
        return _presented(thread.recipient, say)
    if not message.own:
        return peer(thread, say)
    colleague = None if mailbox is None or message.author is None else mailbox.colleagues.get(message.author.seat)
    if mailbox is None or colleague is None or (message.author is not None and message.author.seat == mailbox.seat):
        return say("you")
    return say("colleague", role=role(colleague.role, say))


def cards(shown: tuple[RevealedCard, ...], say: Texts) -> list[str]:
    """A line for each card, and what to do where nothing attests the peer's."""
    lines = [
        say(
            "card_line",
            whose=say("own_card" if card.own else "peer_card"),
            fields=safe(", ".join(card.fields[field.value] for field in CardField if field.value in card.fields)),
            attested=say("attested" if card.attested else "declared"),
        )
        for card in shown
    ]
    if any(not card.own and not card.keys_verified for card in shown):
        lines.append(say("compare_words"))
    return lines


def own_fields(card: Mapping[str, str], say: Texts) -> list[tuple[str, str]]:
    """(field, line) of what is on one's own card, numbered from 1."""
    filled = [(field.value, card[field.value]) for field in CardField if card.get(field.value)]
    return [
        (name, say("field_line", number=number, field=say(f"field_{name}"), value=value))
        for number, (name, value) in enumerate(filled, 1)
    ]


def words(twelve: tuple[str, ...]) -> str:
    """Two rows of six."""
    return f"  {' '.join(twelve[:6])}\n  {' '.join(twelve[6:])}"


def role(name: str, say: Texts) -> str:
    return say(f"role_{Role(name).value}")
