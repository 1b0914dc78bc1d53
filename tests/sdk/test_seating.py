"""Founding, asking, admitting, and every reading of a roster that a service might have tampered with."""

import dataclasses

import msgspec
import pytest

from messaging.domain.vocabulary import MailboxKind, Role
from messaging.e2ee import errors, mailbox, recovery, roster
from messaging.e2ee.account import seat_keys
from messaging.wire.rest import SeedWrap
from messaging.wire.types import SeatView
from pli_client import MemoryStorage
from pli_client.errors import NotSeated, ProblemError, WordsDiffer
from pli_client.keys import MailboxKeys
from pli_client.seating import Seating
from pli_client.vault import VaultKeeper
from tests.sdk.rig import HttpService, opened_keeper
from tests.sdk.world import Stream

MAILBOX = b"\x0b" * 16


@dataclasses.dataclass
class Person:
    """One account with its vault and storage, and how the service lists its seat."""

    service: HttpService
    storage: MemoryStorage
    keeper: VaultKeeper
    seating: Seating
    view: SeatView

    async def asked(self) -> tuple[str, ...]:
        words = await self.seating.ask(self.view)
        self.view = msgspec.structs.replace(self.view, state="pending", seat=self.service.pending[-1].seat)
        return words

    def admitted(self) -> None:
        """The service lists the seat as active."""
        self.view = msgspec.structs.replace(self.view, state="active")

    async def read(self) -> MailboxKeys:
        return await self.seating.read(self.view)


async def person(service: HttpService, name: str) -> Person:
    vaults = HttpService()
    storage = MemoryStorage()
    keeper = await opened_keeper(vaults, storage, name)
    view = SeatView(MAILBOX, MailboxKind.TERRITORY, Role.AGENT, False, "claimable")
    return Person(service, storage, keeper, Seating(service.api(), keeper, storage, Stream(name + "/seat")), view)


async def founder(service: HttpService, name: str = "mayor") -> Person:
    mayor = await person(service, name)
    await mayor.seating.found(mayor.view)
    seat = roster.replay(service.records, MAILBOX).seats
    mayor.view = msgspec.structs.replace(mayor.view, state="active", seat=next(iter(seat)), admin=True)
    return mayor


@pytest.fixture
def service() -> HttpService:
    return HttpService()


async def admit(service: HttpService, mayor: Person, newcomer: Person) -> None:
    words = await newcomer.asked()
    keys = await mayor.read()
    assert newcomer.view.seat is not None
    await mayor.seating.admit(keys, newcomer.view.seat, words, admin=False)
    service.pending.clear()
    newcomer.admitted()


async def test_a_founder_reads_its_own_roster(service: HttpService) -> None:
    mayor = await founder(service)
    keys = await mayor.read()
    assert keys.roster.seats[keys.seat].admin
    assert mailbox.seed_check(keys.seed, MAILBOX, 0) == keys.roster.sc


async def test_both_screens_show_the_same_words_and_the_newcomer_gets_the_seed(service: HttpService) -> None:
    mayor, secretary = await founder(service), await person(service, "secretary")
    words = await secretary.asked()
    keys = await mayor.read()
    (asked,) = await mayor.seating.pending(keys)
    assert asked.words == words
    await mayor.seating.admit(keys, asked.seat, words, admin=False)
    secretary.admitted()
    assert (await secretary.read()).seed == keys.seed


async def test_who_asks_again_after_the_admission_is_shown_the_words_of_before(service: HttpService) -> None:
    """Their device did not hear of it yet, and would hold the admission for one that it showed no words for."""
    mayor, secretary = await founder(service), await person(service, "secretary")
    words = await secretary.asked()
    keys = await mayor.read()
    assert secretary.view.seat is not None
    await mayor.seating.admit(keys, secretary.view.seat, words, admin=False)
    assert await secretary.seating.ask(secretary.view) == words
    secretary.admitted()
    assert (await secretary.read()).seed == keys.seed


async def test_a_device_that_showed_no_words_shows_none_of_after_the_admission(service: HttpService) -> None:
    mayor, secretary = await founder(service), await person(service, "secretary")
    await admit(service, mayor, secretary)
    elsewhere = Seating(service.api(), secretary.keeper, MemoryStorage(), Stream("elsewhere"))
    with pytest.raises(NotSeated):
        await elsewhere.ask(secretary.view)


@pytest.mark.attack("lists somebody else's seat as the newcomer's")
async def test_a_seat_with_other_keys_is_nobodys_own(service: HttpService) -> None:
    """No words of it are shown, and a kit does not end there as if it had let somebody in."""
    mayor, secretary = await founder(service), await person(service, "secretary")
    code = await mayor.seating.admit_kit(await mayor.read())
    secretary.view = msgspec.structs.replace(secretary.view, state="pending", seat=mayor.view.seat)
    with pytest.raises(errors.BadRoster):
        await secretary.seating.ask(secretary.view)
    with pytest.raises(errors.BadRoster):
        await secretary.seating.enter_with_kit(secretary.view, code)


async def test_a_kit_is_opened_also_where_the_seat_is_there_already(service: HttpService) -> None:
    mayor, secretary = await founder(service), await person(service, "secretary")
    code = await mayor.seating.admit_kit(await mayor.read())
    await admit(service, mayor, secretary)
    with pytest.raises(errors.BadRoster):
        await secretary.seating.enter_with_kit(secretary.view, recovery.new_code(Stream("another")))
    await secretary.seating.enter_with_kit(secretary.view, code)


async def test_other_words_admit_nobody(service: HttpService) -> None:
    mayor, secretary = await founder(service), await person(service, "secretary")
    words = await secretary.asked()
    keys = await mayor.read()
    assert secretary.view.seat is not None
    with pytest.raises(WordsDiffer):
        await mayor.seating.admit(keys, secretary.view.seat, words[::-1], admin=False)
    assert len(service.records) == 1


async def test_keys_that_the_service_swapped_have_other_words(service: HttpService) -> None:
    mayor, secretary = await founder(service), await person(service, "secretary")
    words = await secretary.asked()
    thief = await person(service, "thief")
    await thief.asked()
    mine, stolen = service.pending
    service.pending = [msgspec.structs.replace(mine, sign_pk=stolen.sign_pk, kem_pk=stolen.kem_pk)]
    with pytest.raises(WordsDiffer):
        await mayor.seating.admit(await mayor.read(), mine.seat, words, admin=False)


@pytest.mark.attack("has a newcomer admitted under another head")
async def test_an_admission_on_another_head_than_shown_is_refused_by_the_newcomer(service: HttpService) -> None:
    mayor, secretary = await founder(service), await person(service, "secretary")
    await secretary.asked()
    mine = service.pending.pop()
    await admit(service, mayor, await person(service, "deputy"))
    service.pending.append(mine)
    keys = await mayor.read()
    (asked,) = await mayor.seating.pending(keys)
    await mayor.seating.admit(keys, asked.seat, asked.words, admin=False)
    secretary.admitted()
    with pytest.raises(errors.BadRoster, match="words"):
        await secretary.read()


async def test_asking_again_shows_the_words_of_the_new_head(service: HttpService) -> None:
    mayor, secretary = await founder(service), await person(service, "secretary")
    first = await secretary.asked()
    mine = service.pending.pop()
    await admit(service, mayor, await person(service, "deputy"))
    service.pending.append(mine)
    again = await secretary.asked()
    assert again != first
    await mayor.seating.admit(await mayor.read(), mine.seat, again, admin=False)
    secretary.admitted()
    await secretary.read()


async def test_a_seat_whose_words_nobody_saw_is_not_used(service: HttpService) -> None:
    mayor, secretary = await founder(service), await person(service, "secretary")
    await admit(service, mayor, secretary)
    for name in await secretary.storage.names("seat."):
        await secretary.storage.delete(name)
    with pytest.raises(NotSeated):
        await secretary.read()


async def test_once_verified_the_admission_is_pinned(service: HttpService) -> None:
    mayor, secretary = await founder(service), await person(service, "secretary")
    await admit(service, mayor, secretary)
    await secretary.read()
    for name in await secretary.storage.names("seat."):
        await secretary.storage.delete(name)
    await secretary.read()


async def test_two_admissions_at_once_one_must_compare_again(service: HttpService) -> None:
    mayor, secretary = await founder(service), await person(service, "secretary")
    words = await secretary.asked()
    stale = await mayor.read()
    mine = service.pending.pop()
    await admit(service, mayor, await person(service, "deputy"))
    service.pending.append(mine)
    with pytest.raises(ProblemError, match="stale_head"):
        await mayor.seating.admit(stale, mine.seat, words, admin=False)


async def test_a_rolled_back_roster_is_refused(service: HttpService) -> None:
    mayor = await founder(service)
    await admit(service, mayor, await person(service, "deputy"))
    await mayor.read()
    del service.records[-1]
    with pytest.raises(errors.BadRoster, match="ends before"):
        await mayor.read()


async def test_a_forked_roster_is_refused(service: HttpService) -> None:
    mayor = await founder(service)
    keys = await mayor.read()
    await admit(service, mayor, await person(service, "deputy"))
    await mayor.read()
    ghost = await person(service, "ghost")
    await ghost.asked()
    (asked,) = service.pending
    service.records[-1] = roster.make_admit(
        keys.roster,
        seat=asked.seat,
        sign_pk=asked.sign_pk,
        kem_pk=asked.kem_pk,
        role="agent",
        admin=False,
        signer=keys.seat,
        signer_key=keys.pair.sign,
    )
    with pytest.raises(errors.BadRoster, match="forked"):
        await mayor.read()


async def test_a_roster_with_another_root_is_refused(service: HttpService) -> None:
    mayor = await founder(service)
    await mayor.read()
    service.records.clear()
    service.seeds.clear()
    await founder(service, "usurper")
    with pytest.raises(errors.BadRoster, match="begins with another record"):
        await mayor.read()


async def test_a_ghost_seat_that_no_administrator_signed_is_refused(service: HttpService) -> None:
    mayor = await founder(service)
    keys = await mayor.read()
    ghost = await person(service, "ghost")
    await ghost.asked()
    (asked,) = service.pending
    service.records.append(
        roster.make_admit(
            keys.roster,
            seat=asked.seat,
            sign_pk=asked.sign_pk,
            kem_pk=asked.kem_pk,
            role="agent",
            admin=True,
            signer=keys.seat,
            signer_key=seat_keys(ghost.keeper.account_seed, MAILBOX).sign,
        )
    )
    with pytest.raises(errors.BadRoster):
        await mayor.read()


async def test_a_seed_of_the_service_is_refused(service: HttpService) -> None:
    mayor = await founder(service)
    keys = await mayor.read()
    planted = mailbox.wrap_seed(b"\x01" * 32, keys.pair.kem.public, MAILBOX, 0, keys.seat, keys.roster.head)
    service.seeds = [SeedWrap(0, keys.seat, keys.roster.head, planted)]
    with pytest.raises(errors.BadSeed):
        await mayor.read()


@pytest.mark.attack("gives a seed by a record that is not in the roster")
async def test_a_seed_wrap_that_no_record_of_the_roster_authorised_is_refused(service: HttpService) -> None:
    mayor = await founder(service)
    keys = await mayor.read()
    unknown = b"\x02" * 32
    wrapped = mailbox.wrap_seed(keys.seed, keys.pair.kem.public, MAILBOX, 0, keys.seat, unknown)
    service.seeds = [SeedWrap(0, keys.seat, unknown, wrapped)]
    with pytest.raises(errors.BadSeed):
        await mayor.read()


async def test_a_seat_that_is_not_active_reads_nothing(service: HttpService) -> None:
    secretary = await person(service, "secretary")
    with pytest.raises(NotSeated):
        await secretary.read()
