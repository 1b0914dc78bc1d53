"""A facilitator between a doctor and a village: invited by one side, let in by the other, writing, and gone again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from messaging.domain.vocabulary import MailboxKind, Role
from messaging.ports import MailboxClaim, Mark, side_log
from messaging.wire.commands import Pull, Wraps
from messaging.wire.events import Events, WrapsList
from pli_client import (
    CardsReleased,
    Client,
    ClosingReason,
    Message,
    NotRendered,
    StayEnded,
    ThirdInvited,
    ThirdJoined,
    ThirdLeft,
)
from pli_client.errors import BadInvitation, NotASide, ProblemError
from tests.journeys.people import DOCTORS_CARD, MAYORS_CARD, Cast, Online, Person, cast, consent, trust_of
from tests.journeys.test_closing import told
from tests.support.server import RunningService, running_service

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Guest:
    """A facilitator with a mailbox of their own, and the target by which one invites them."""

    person: Person
    mailbox: bytes
    target: bytes


async def guest(service: RunningService, name: str = "accompagnement") -> Guest:
    mailbox = await service.register_mailbox(name, MailboxKind.PARTNER)
    target = await service.register_target(f"{name}/page", name)
    claims = [MailboxClaim(name, MailboxKind.PARTNER, Role.FACILITATOR, True)]
    person = Person(service, await trust_of(service), f"facilitator of {name}", claims)
    async with person.online() as online:
        await online.client.found(mailbox)
    return Guest(person, mailbox, target)


@asynccontextmanager
async def talking(service: RunningService) -> AsyncIterator[tuple[Cast, Online, Online]]:
    """A doctor and a mayor in a conversation that both read."""
    people = await cast(service)
    await people.settle()
    async with people.doctor.online() as doctor, people.mayor.online() as mayor:
        await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
        await mayor.reads("Bonjour")
        yield people, doctor, mayor


async def let_in(host: Online, other: Online, who: Guest, *, history: bool = False) -> ThirdJoined:
    """One side invites, the other accepts."""
    await host.thread.invite(who.target, history=history)
    invited = await other.until(ThirdInvited, lambda each: each in other.thread.invitations)
    return await other.thread.accept_invitation(invited)


async def test_a_facilitator_reads_and_writes_from_now_on_and_nothing_after(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path, with_worker=False) as service:
        facilitator = await guest(service)
        async with talking(service) as (_, doctor, mayor), facilitator.person.online() as third:
            await mayor.thread.send("Avant")
            await doctor.reads("Avant")
            invited = await doctor.thread.invite(facilitator.target)
            assert (invited.own, invited.history) == (True, False)
            assert not third.client.threads, "an invitation is nothing to who is invited"
            with pytest.raises(BadInvitation):
                await doctor.thread.accept_invitation(invited)
            theirs = await mayor.until(ThirdInvited)
            assert mayor.thread.invitations == (theirs,)
            joined = await mayor.thread.accept_invitation(theirs)
            assert not mayor.thread.invitations
            seen = await third.until(ThirdJoined)
            heard = await doctor.until(ThirdJoined)
            assert seen.words == heard.words == joined.words
            assert (seen.is_self, heard.is_self, doctor.thread.third) == (True, False, heard)
            assert third.thread.is_third
            assert seen.presentation == heard.presentation == invited.presentation
            assert third.thread.recipient is not None

            await doctor.thread.send("Bienvenue")
            assert (await third.reads("Bienvenue")).party == 0
            await third.thread.send("Bonjour à vous deux")
            for side in (doctor, mayor):
                heard_text = await side.reads("Bonjour à vous deux")
                assert (heard_text.party, heard_text.own) == (2, False)
            assert [message.text for message in third.thread.messages] == ["Bienvenue", "Bonjour à vous deux"]
            await third.thread.read()
            await third.thread.load()
            assert not third.heard(NotRendered)

            await mayor.thread.renew_keys()
            await mayor.thread.send("Sous d’autres clés")
            await third.reads("Sous d’autres clés")

            for refused in (
                third.thread.ask(),
                third.thread.close(ClosingReason.OTHER),
                third.thread.invite(facilitator.target),
                third.thread.renew_keys(),
                third.thread.end_third(),
                third.thread.consent(DOCTORS_CARD, fields={"name"}, text="J’accepte."),
            ):
                with pytest.raises(NotASide):
                    await refused

            await doctor.thread.end_third()
            gone = await third.until(ThirdLeft)
            assert (gone.party, (await mayor.until(ThirdLeft)).third) == (0, joined.third)
            assert doctor.thread.third is None
            assert mayor.thread.third is None
            await doctor.thread.send("Après")
            await mayor.reads("Après")
            await refused_everything(third.client, third.thread.id)
            with pytest.raises(ProblemError, match="not_found"):
                await third.thread.send("Encore moi")
            assert not [message for message in third.heard(Message) if message.text == "Après"]
        async with facilitator.person.online() as third:
            assert (await third.until(StayEnded)).mailbox == facilitator.mailbox
            assert not third.client.threads
        facts = [each["type"].removeprefix("fr.pli.relation.") for each in await told(service)]
        assert [each for each in facts if each.startswith("third.")] == ["third.invited", "third.joined", "third.left"]
        assert facts.count("message.accepted") == 5, "a third party's messages move nothing"


async def refused_everything(client: Client, thread: bytes) -> None:
    link = client._running.runtime.link
    for command, answer in ((Pull(ref=0, thread=thread, after=0), Events), (Wraps(ref=0, thread=thread), WrapsList)):
        with pytest.raises(ProblemError, match="not_found"):
            await link.request(command, answer, timeout_s=30)


async def test_the_whole_history_is_read_where_both_chose_so_and_the_guest_leaves(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with running_service(sqlite_url, tmp_path) as service:
        facilitator = await guest(service)
        async with talking(service) as (_, doctor, mayor):
            await doctor.thread.renew_keys()
            await mayor.thread.send("Sous les deuxièmes clés")
            await doctor.reads("Sous les deuxièmes clés")
            await let_in(mayor, doctor, facilitator, history=True)
            async with facilitator.person.online() as third:
                await third.reads("Sous les deuxièmes clés")
                await third.reads("Bonjour")
                assert not third.heard(NotRendered)
                await third.thread.leave()
                for side in (doctor, mayor):
                    assert (await side.until(ThirdLeft)).party == 2
            before = len(doctor.thread.follower.log.epochs)
            await mayor.thread.send("Entre nous")
            await doctor.reads("Entre nous")
            assert len(doctor.thread.follower.log.epochs) == before + 1, "what the guest had opens nothing more"
            joined = await let_in(doctor, mayor, facilitator)
            assert mayor.thread.third == joined, "whoever comes back was invited again"


async def test_cards_are_not_shown_to_a_third_party(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither those consented to before it came nor after; it learns that they were shown, in words of its own."""
    marks: list[Mark | None] = []
    async with running_service(sqlite_url, tmp_path) as service:
        publish = service.service.hub.publish

        def noted(*said: Any, mark: Mark | None = None, **also: Any) -> None:
            marks.append(mark)
            publish(*said, mark=mark, **also)

        monkeypatch.setattr(service.service.hub, "publish", noted)
        facilitator = await guest(service)
        async with talking(service) as (_, doctor, mayor), facilitator.person.online() as third:
            await consent(doctor, DOCTORS_CARD)
            await let_in(doctor, mayor, facilitator, history=True)
            await third.until(ThirdJoined)
            await consent(mayor, MAYORS_CARD)
            assert (await third.until(CardsReleased)).cards == ()
            assert len((await doctor.until(CardsReleased)).cards) == 2
            await doctor.thread.send("Enchanté")
            await third.reads("Enchanté")
            ends = (doctor.thread.mailbox, mayor.thread.mailbox, facilitator.mailbox)
        async with facilitator.person.online() as third:
            await third.thread.load()
            assert [item.cards for item in third.thread.items if isinstance(item, CardsReleased)] == [()]
            link = third.client._running.runtime.link
            command = Pull(ref=0, thread=third.thread.id, after=0)
            log = (await link.request(command, Events, timeout_s=30)).events
            (released,) = [entry for entry in log if entry.kind == "released"]
            assert len(released.payload) == len(b"\0\0\0\rpli1/withheld\0\0\0 ") + 32
            told = [mark for mark in marks if mark is not None and mark[1] == released.seq]
            assert sorted(told) == sorted((side_log(third.thread.id, end), released.seq) for end in ends)


async def test_an_invitation_ends_with_its_keys_and_is_declined_in_silence(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service:
        facilitator, other = await guest(service), await guest(service, "autre")
        async with talking(service) as (_, doctor, mayor):
            await doctor.thread.invite(facilitator.target)
            invited = await mayor.until(ThirdInvited)
            mayor.thread.decline(invited)
            assert not mayor.thread.invitations
            assert doctor.thread.invitations, "nobody tells who invited"
            await doctor.thread.renew_keys()
            await mayor.thread.load()
            with pytest.raises(BadInvitation):
                await mayor.thread.accept_invitation(invited)
            await let_in(doctor, mayor, facilitator)
            with pytest.raises(BadInvitation):
                await mayor.thread.invite(other.target)


async def test_who_invites_does_not_find_out_who_its_peer_is(sqlite_url: str, tmp_path: Path) -> None:
    """The peer as its own third party: to the author it is an invitation like any other."""
    async with running_service(sqlite_url, tmp_path) as service:
        page = None
        async with talking(service) as (people, doctor, mayor):
            page = await service.register_target("mairie/page", "mairie")
            await mayor.client.mailboxes[0].maintain(mayor.client.mailboxes[0].view)
            invited = await doctor.thread.invite(page)
            theirs = await mayor.until(ThirdInvited)
            with pytest.raises(ProblemError, match="conflict"):
                await mayor.thread.accept_invitation(theirs)
            assert doctor.thread.invitations == (invited,)
            assert people.listing != page
