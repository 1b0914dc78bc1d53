"""After an election: the outgoing administrator is there, is gone and left the printed kit, or is hostile.

The new team reads the whole history; the old one reads nothing new. And who leaves in anger keeps nothing but what was
read before.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from messaging.connection.connection import Connection
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.ports import MailboxClaim
from pli_client import Mailbox, SeatEnded
from pli_client.errors import NotSeated, ProblemError
from tests.journeys.people import WAIT_S, Cast, Online, Person, admit, cast, trust_of
from tests.journeys.test_closing import told
from tests.support.server import RunningService, running_service

pytestmark = pytest.mark.slow

LATE_S = 3.0
NEXT_TOKEN_S = 1.1
"""A token says when it was issued to the second: who was removed needs one of a later second to ask again."""
HELLO, ANSWER = "Bonjour, je cherche un cabinet.", "Le nôtre est libre."


@dataclass
class Hall:
    """A town hall with a conversation: the outgoing mayor (its founder), a doctor, and the new mayor."""

    people: Cast
    doctor: Online
    outgoing: Online
    incoming: Person

    @property
    def mailbox(self) -> Mailbox:
        return self.outgoing.client.mailbox(self.people.village)


@contextlib.asynccontextmanager
async def hall(service: RunningService) -> AsyncIterator[Hall]:
    people = await cast(service)
    claims = [MailboxClaim("mairie", MailboxKind.TERRITORY, Role.MAYOR, False)]
    incoming = Person(service, await trust_of(service), "nouvelle maire", claims)
    async with people.secretary.online() as outgoing, people.doctor.online() as doctor:
        await outgoing.client.found(people.village)
        await doctor.client.found(people.project)
        await doctor.client.mailboxes[0].open(people.listing, HELLO)
        await outgoing.reads(HELLO)
        await outgoing.thread.send(ANSWER)
        await outgoing.client.mailbox(people.village).desk.note(outgoing.thread.id, "Rappeler lundi.")
        yield Hall(people, doctor, outgoing, incoming)


async def _has_the_history(new: Online, village: bytes) -> None:
    await new.reads(HELLO)
    await new.thread.load()
    assert {message.text for message in new.thread.messages} >= {HELLO, ANSWER}
    assert new.client.mailbox(village).desk.notes[new.thread.id] == ["Rappeler lundi."]


async def _reads_nothing_new(there: Hall, new: Online) -> None:
    """The outgoing person's client lost the mailbox, and what the doctor writes reaches the new team only."""
    ended = await there.outgoing.until(SeatEnded)
    assert ended.mailbox == there.people.village
    assert not there.outgoing.client.mailboxes
    assert not there.outgoing.client.threads
    await there.doctor.thread.send("Merci ! Puis-je visiter ?")
    await new.reads("Merci ! Puis-je visiter ?")
    await new.thread.send("La nouvelle équipe vous attend.")
    await there.doctor.reads("La nouvelle équipe vous attend.")
    assert "Merci ! Puis-je visiter ?" not in {getattr(event, "text", None) for event in there.outgoing.happened}


async def _told_of_seats(service: RunningService) -> list[str]:
    """What the relation events say of the town hall's seats."""
    events = [(event["type"].removeprefix("fr.pli.relation."), event["data"]) for event in await told(service)]
    seats = [(kind, data) for kind, data in events if kind.startswith(("seat.", "handover."))]
    assert all(data == {"side": "recipient"} for _, data in seats), seats
    return [kind for kind, _ in seats]


async def test_the_outgoing_administrator_hands_over_and_goes(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path, with_worker=False) as service, hall(service) as there:
        village = there.people.village
        async with there.incoming.online() as new:
            asking = await new.client.ask_seat(village)
            (asked,) = await there.mailbox.pending()
            await there.mailbox.admit(asked.seat, asking.words, admin=True)
            mailbox = await asking.admitted(timeout_s=WAIT_S)
            await mailbox.remove(there.mailbox.seat)
            assert mailbox.keys.roster.g == 1
            await _has_the_history(new, village)
            await _reads_nothing_new(there, new)
        assert await _told_of_seats(service) == ["seat.admitted", "seat.removed", "handover.done"]


async def test_the_outgoing_administrator_is_gone_and_the_kit_opens(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path, with_worker=False) as service, hall(service) as there:
        village, code = there.people.village, await there.mailbox.make_kit()
        async with there.incoming.online() as new:
            mailbox = await new.client.enter_with_kit(village, code)
            (kit,) = [seat for seat, keys in mailbox.colleagues.items() if keys.role == "kit"]
            for leaver in (there.mailbox.seat, kit):
                await mailbox.remove(leaver)
            assert list(mailbox.colleagues) == [mailbox.seat]
            await _has_the_history(new, village)
            await _reads_nothing_new(there, new)
            assert await mailbox.make_kit() != code
        assert await _told_of_seats(service) == ["seat.admitted", "seat.removed", "handover.done"], "a kit is nobody"


async def test_a_hostile_outgoing_administrator_is_removed_and_can_undo_nothing(
    database_url: str, tmp_path: Path
) -> None:
    """They refuse to hand over, keep their connection, and try what an administrator may."""
    async with running_service(database_url, tmp_path, with_worker=False) as service, hall(service) as there:
        village, code = there.people.village, await there.mailbox.make_kit()
        kept, thread, seat = there.mailbox, there.outgoing.thread, there.mailbox.seat
        async with there.incoming.online() as new:
            mailbox = await new.client.enter_with_kit(village, code)
            await mailbox.remove(seat)
            for attempt in (kept.rotate, lambda: kept.remove(mailbox.seat), kept.make_kit, kept.pending):
                with pytest.raises((ProblemError, NotSeated)):
                    await attempt()
            with pytest.raises(ProblemError, match="not_found"):
                await thread.send("Vous allez voir.")
            with pytest.raises(ProblemError, match="not_found"):
                await kept.desk.note(thread.id, "Sabotage")
            await _has_the_history(new, village)
            await _reads_nothing_new(there, new)
            assert mailbox.keys.roster.index == 4


async def test_colleagues_read_on_through_a_removal(database_url: str, tmp_path: Path) -> None:
    """Who removes writes at once, under keys of a seed that the others may not have read of yet: then they do."""
    async with running_service(database_url, tmp_path, with_worker=False) as service, hall(service) as there:
        village = there.people.village
        async with there.people.mayor.online() as colleague, there.incoming.online() as leaver:
            await admit(there.outgoing, colleague, village)
            await colleague.reads(HELLO)
            for round_ in range(2):
                await asyncio.sleep(NEXT_TOKEN_S)
                asking = await leaver.client.ask_seat(village)
                (asked,) = await there.mailbox.pending()
                await there.mailbox.admit(asked.seat, asking.words)
                await asking.admitted(timeout_s=WAIT_S)
                await there.mailbox.remove(leaver.client.mailbox(village).seat)
                await there.outgoing.thread.send(f"Sans vous, {round_}")
                await colleague.reads(f"Sans vous, {round_}")
                await there.doctor.thread.send(f"Bien reçu, {round_}")
                await colleague.reads(f"Bien reçu, {round_}")
            assert colleague.thread.stopped is None
            await colleague.thread.send("Et moi non plus")
            await there.doctor.reads("Et moi non plus")


async def test_who_was_let_in_reads_all_although_their_connection_hears_of_it_late(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where another process let them in, and Redis is away: the seats say it first."""
    hears = Connection._on_refresh
    monkeypatch.setattr(
        Connection, "_on_refresh", lambda each: asyncio.get_running_loop().call_later(LATE_S, hears, each)
    )
    async with (
        running_service(database_url, tmp_path, with_worker=False) as service,
        hall(service) as there,
        there.incoming.online() as new,
    ):
        asking = await new.client.ask_seat(there.people.village)
        (asked,) = await there.mailbox.pending()
        await there.mailbox.admit(asked.seat, asking.words)
        mailbox = await asking.admitted(timeout_s=WAIT_S)
        await new.reads(HELLO)
        assert mailbox.desk.notes[new.thread.id] == ["Rappeler lundi."]


async def test_an_angry_leaver_finds_nothing_when_they_come_back(database_url: str, tmp_path: Path) -> None:
    """Removed while away: the next visit says so once, shows nothing, and a new admission starts anew."""
    async with running_service(database_url, tmp_path, with_worker=False) as service, hall(service) as there:
        village, mayor = there.people.village, there.people.mayor
        async with mayor.online() as leaver:
            await admit(there.outgoing, leaver, village)
            await leaver.reads(HELLO)
            seat = leaver.client.mailbox(village).seat
        await there.mailbox.remove(seat)
        await there.doctor.thread.send("Pour la mairie seulement")
        async with mayor.online() as leaver:
            assert (await leaver.until(SeatEnded)).mailbox == village
            assert not leaver.client.mailboxes
            assert not leaver.client.threads
        async with mayor.online() as leaver:
            assert not leaver.heard(SeatEnded)
            await asyncio.sleep(NEXT_TOKEN_S)
            asking = await leaver.client.ask_seat(village)
            (asked,) = await there.mailbox.pending()
            await there.mailbox.admit(asked.seat, asking.words)
            back = await asking.admitted(timeout_s=WAIT_S)
            assert back.seat != seat
            await leaver.reads("Pour la mairie seulement")


async def test_a_secretary_of_four_communes_keeps_the_other_three(database_url: str, tmp_path: Path) -> None:
    """One account, four mailboxes, each with its own keys and conversations; one removal changes one of them."""
    async with running_service(database_url, tmp_path, with_worker=False) as service:
        communes = [f"commune {n}" for n in range(4)]
        boxes = [await service.register_mailbox(ref, MailboxKind.TERRITORY) for ref in communes]
        listings = [await service.register_target(f"{ref}/annonce", ref) for ref in communes]
        trust = await trust_of(service)
        claims = [MailboxClaim(ref, MailboxKind.TERRITORY, Role.AGENT, False) for ref in communes]
        martine = Person(service, trust, "martine", claims)
        mayors = [
            Person(service, trust, f"maire {ref}", [MailboxClaim(ref, MailboxKind.TERRITORY, Role.MAYOR, True)])
            for ref in communes
        ]
        people = await cast(service)
        async with contextlib.AsyncExitStack() as visits:
            secretary = await visits.enter_async_context(martine.online())
            doctor = await visits.enter_async_context(people.doctor.online())
            await doctor.client.found(people.project)
            halls = []
            for mayor, box, listing in zip(mayors, boxes, listings, strict=True):
                at_hall = await visits.enter_async_context(mayor.online())
                await at_hall.client.found(box)
                asking = await secretary.client.ask_seat(box)
                (asked,) = await at_hall.client.mailbox(box).pending()
                await at_hall.client.mailbox(box).admit(asked.seat, asking.words)
                await asking.admitted(timeout_s=WAIT_S)
                await doctor.client.mailboxes[0].open(listing, f"Bonjour {box.hex()}")
                await secretary.reads(f"Bonjour {box.hex()}")
                halls.append(at_hall)
            assert {mailbox.id for mailbox in secretary.client.mailboxes} == set(boxes)
            assert len({mailbox.seat for mailbox in secretary.client.mailboxes}) == 4
            assert len({mailbox.keys.pair.sign.public for mailbox in secretary.client.mailboxes}) == 4

            await halls[0].client.mailbox(boxes[0]).remove(secretary.client.mailbox(boxes[0]).seat)

            assert (await secretary.until(SeatEnded)).mailbox == boxes[0]
            assert {mailbox.id for mailbox in secretary.client.mailboxes} == set(boxes[1:])
            assert {thread.mailbox for thread in secretary.client.threads} == set(boxes[1:])
            for thread in secretary.client.threads:
                await thread.send(f"De la mairie {thread.mailbox.hex()}")
                await doctor.reads(f"De la mairie {thread.mailbox.hex()}")
            assert not [event for event in secretary.heard(SeatEnded) if event.mailbox != boxes[0]]
