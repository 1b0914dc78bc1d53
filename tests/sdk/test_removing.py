"""Removing a seat and renewing the seed, as clients make it and as they read what a service makes of it."""

import asyncio
from dataclasses import dataclass

import msgspec
import pytest

from messaging.domain import limits
from messaging.domain.vocabulary import Role
from messaging.e2ee import errors, mailbox, roster
from messaging.e2ee.account import seat_keys
from messaging.wire.rest import DepartedSeat, OwnTarget, PreviousSeed, SeedWrap
from pli_client import Mailbox, RosterAlarm, SeatDeparted
from pli_client.errors import NotSeated, ProblemError
from pli_client.keys import SeatTag
from pli_client.runtime import Inbox
from tests.sdk.rig import HttpService, ScriptedLink, next_event, runtime
from tests.sdk.test_mailbox import nobody
from tests.sdk.test_seating import MAILBOX, Person, admit, founder, person
from tests.sdk.world import NOW, Stream


@dataclass
class Town:
    """A mayor with a mailbox open, a secretary who stays, and a deputy who will be removed."""

    service: HttpService
    mayor: Person
    secretary: Person
    deputy: Person
    mailbox: Mailbox
    inbox: Inbox

    async def remove(self) -> None:
        assert self.deputy.view.seat is not None
        await self.mailbox.remove(self.deputy.view.seat)


@pytest.fixture
async def town() -> Town:
    service = HttpService()
    mayor = await founder(service)
    secretary, deputy = await person(service, "secretary"), await person(service, "deputy")
    await admit(service, mayor, secretary)
    await admit(service, mayor, deputy)
    for each in (secretary, deputy):
        await each.read()
    parts = runtime(ScriptedLink([], {}, 0), mayor.keeper, service)
    return Town(
        *(service, mayor, secretary, deputy),
        Mailbox(parts, mayor.seating, mayor.view, await mayor.read(), nobody),
        parts.inbox,
    )


async def test_who_remains_reads_every_generation_and_who_left_gets_none(town: Town) -> None:
    before = town.mailbox.keys.seed
    blob = town.mailbox.keys.seal_entry(bytes(16), b"a note", Stream("nonce"))
    await town.remove()
    await town.mailbox.rotate()
    keys = await town.secretary.read()
    assert sorted(keys.seeds) == [0, 1, 2]
    assert keys.seeds == town.mailbox.keys.seeds
    assert keys.seeds[0] == before != keys.seed
    assert keys.open_entry(bytes(16), blob) == b"a note"
    assert town.deputy.view.seat not in town.mailbox.colleagues
    with pytest.raises(errors.BadRoster, match="does not seat"):
        await town.deputy.read()


async def test_a_newcomer_reads_the_generations_before_it_came(town: Town) -> None:
    await town.remove()
    agent = await person(town.service, "agent")
    await admit(town.service, town.mayor, agent)
    assert (await agent.read()).seeds == town.mailbox.keys.seeds


async def test_new_prekeys_are_vouched_for_by_the_new_identity(town: Town) -> None:
    targets = [OwnTarget(bytes([n]) * 16, 64, 1) for n in range(3)]
    town.service.targets = targets
    await town.remove()
    (removal,) = town.service.removals
    assert [each.target for each in removal.prekeys] == [target.target for target in targets]
    assert {len(each.prekeys) for each in removal.prekeys} == {limits.prekeys_per_removal_and_target_max}
    assert len(town.mailbox.keys.shown_in) == 0


async def test_a_command_with_many_targets_stays_within_its_bound(town: Town) -> None:
    town.service.targets = [OwnTarget(bytes([n]) * 16, 64, 1) for n in range(60)]
    await town.remove()
    (removal,) = town.service.removals
    assert len(msgspec.json.encode(removal)) < limits.removal_body_bytes_max
    assert all(each.prekeys for each in removal.prekeys)


async def test_nobody_removes_themselves_nor_who_never_sat(town: Town) -> None:
    with pytest.raises(errors.BadRoster):
        await town.mailbox.remove(town.mailbox.seat)
    with pytest.raises(NotSeated):
        await town.mailbox.remove(b"\x0f" * 16)
    assert town.service.removals == []


async def test_a_seat_that_a_colleague_removed_first_is_removed(town: Town) -> None:
    await town.remove()
    await town.remove()
    assert len(town.service.removals) == 1


async def test_told_to_come_again_it_comes_again_and_not_for_ever(town: Town) -> None:
    town.service.busy = 2
    await town.remove()
    assert len(town.service.removals) == 1
    town.service.busy = 100
    with pytest.raises(ProblemError, match="busy"):
        await town.mailbox.rotate()


async def test_a_removal_that_the_service_suppresses_is_found_by_who_saw_it(town: Town) -> None:
    await town.remove()
    await town.secretary.read()
    del town.service.records[-2:]
    with pytest.raises(errors.BadRoster, match="ends before"):
        await town.secretary.read()


@pytest.mark.attack("shows a removal without its rotation")
async def test_a_rotation_that_the_service_withholds_is_missed(town: Town) -> None:
    """Else what follows would be sealed under a seed that the removed seat holds."""
    await town.remove()
    del town.service.records[-1]
    with pytest.raises(errors.BadRoster, match="withheld"):
        await town.secretary.read()


async def test_a_prev_of_another_seed_is_refused_unless_the_own_wrap_gives_the_right_one(town: Town) -> None:
    await town.remove()
    agent = await person(town.service, "agent")
    await admit(town.service, town.mayor, agent)
    lie = mailbox.seal_prev(town.mailbox.keys.seed, b"\x01" * 32, MAILBOX, 1)
    town.service.prevs = [PreviousSeed(1, lie)]
    with pytest.raises(errors.BadSeed):
        await agent.read()
    assert (await town.secretary.read()).seeds == town.mailbox.keys.seeds


async def test_a_withheld_prev_is_missed(town: Town) -> None:
    await town.remove()
    agent = await person(town.service, "agent")
    await admit(town.service, town.mayor, agent)
    town.service.prevs = []
    with pytest.raises(errors.BadSeed, match="withheld"):
        await agent.read()


async def test_a_seed_of_the_new_generation_by_an_old_record_is_refused(town: Town) -> None:
    """Only the rotation gives the right to the seed that it made."""
    await town.remove()
    keys = await town.secretary.read()
    old = keys.roster.ever[keys.seat].record_hash
    town.service.seeds = [
        SeedWrap(1, keys.seat, old, mailbox.wrap_seed(keys.seed, keys.pair.kem.public, MAILBOX, 1, keys.seat, old))
    ]
    with pytest.raises(errors.BadSeed):
        await town.secretary.read()


async def test_a_seed_of_the_services_own_for_the_new_generation_is_refused(town: Town) -> None:
    await town.remove()
    keys = await town.secretary.read()
    head = keys.roster.head
    planted = mailbox.wrap_seed(b"\x01" * 32, keys.pair.kem.public, MAILBOX, 1, keys.seat, head)
    town.service.seeds = [SeedWrap(1, keys.seat, head, planted)]
    with pytest.raises(errors.BadSeed):
        await town.secretary.read()


async def test_what_a_removed_colleague_wrote_before_stays_theirs_and_nothing_after_is(town: Town) -> None:
    deputy = await town.deputy.read()
    await town.remove()
    after = town.mailbox.keys.roster.head
    town.mailbox.check_tag(SeatTag(deputy.seat, deputy.roster.head))
    town.mailbox.check_tag(SeatTag(deputy.seat, after))
    alarm = await next_event(town.inbox)
    assert isinstance(alarm, RosterAlarm)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await anext(aiter(town.inbox.read()))


async def test_who_left_by_the_platforms_word_is_told_of_once_and_removed(town: Town) -> None:
    deputy = town.deputy.view.seat
    assert deputy is not None
    town.service.departed = [DepartedSeat(deputy, Role.DEPUTY, NOW), DepartedSeat(b"\x0f" * 16, Role.AGENT, NOW)]
    for _ in range(2):
        await town.mailbox.maintain(town.mailbox.view)
    assert await next_event(town.inbox) == SeatDeparted(MAILBOX, deputy)
    await town.remove()
    await town.mailbox.maintain(town.mailbox.view)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await anext(aiter(town.inbox.read()))


async def test_a_kit_makes_an_administrator_who_removes_the_others(town: Town) -> None:
    code = await town.mailbox.make_kit()
    await town.remove()
    heir = await person(town.service, "heir")
    await heir.asked()
    await heir.seating.enter_with_kit(heir.view, code.lower().replace("-", " "))
    heir.admitted()
    keys = await heir.read()
    assert keys.seeds == town.mailbox.keys.seeds
    assert keys.roster.seats[keys.seat].admin
    assert [seat.role for seat in keys.roster.seats.values()].count(roster.KIT) == 1


async def test_a_kit_that_was_removed_or_is_anothers_opens_nothing(town: Town) -> None:
    code = await town.mailbox.make_kit()
    heir = await person(town.service, "heir")
    await heir.asked()
    with pytest.raises(errors.WrongRecoveryCode):
        await heir.seating.enter_with_kit(heir.view, code[:-1])
    (kit,) = [seat for seat, keys in town.mailbox.colleagues.items() if keys.role == roster.KIT]
    await town.mailbox.remove(kit)
    with pytest.raises(errors.BadRoster, match="kit"):
        await heir.seating.enter_with_kit(heir.view, code)


async def test_a_kit_is_no_use_on_a_roster_that_somebody_made_up(town: Town) -> None:
    """The service knows the public keys of the kit's seat; it cannot know those that the code gives on another root."""
    code = await town.mailbox.make_kit()
    (kit,) = [keys for keys in town.mailbox.colleagues.values() if keys.role == roster.KIT]
    town.service.records.clear()
    town.service.seeds.clear()
    liar = await founder(town.service, "liar")
    keys = await liar.read()
    signed = roster.make_admit(
        keys.roster,
        seat=b"\x0c" * 16,
        sign_pk=kit.sign_pk,
        kem_pk=kit.kem_pk,
        role=roster.KIT,
        admin=True,
        signer=keys.seat,
        signer_key=seat_keys(liar.keeper.account_seed, MAILBOX).sign,
    )
    town.service.records.append(signed)
    heir = await person(town.service, "heir")
    await heir.asked()
    with pytest.raises(errors.BadRoster, match="kit"):
        await heir.seating.enter_with_kit(heir.view, code)
