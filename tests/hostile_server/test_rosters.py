"""Rosters: a server that seats a ghost, rolls back, forks, suppresses a removal, swaps the keys of a newcomer."""

import os
from collections.abc import Callable
from functools import partial

import msgspec
import pytest

from messaging.e2ee import mailbox, roster
from messaging.e2ee.account import seat_keys
from messaging.e2ee.errors import BadRecord, BadRoster
from messaging.wire.events import SeatsChanged, Welcome
from messaging.wire.rest import AccountView, PendingSeat, PendingSeats, RosterView
from pli_client import Client, NotRendered, RosterAlarm
from pli_client.errors import ResetUnaccepted, Stopped, WordsDiffer
from tests.hostile_server.ground import LINES, Ground, first, hears, seat_colleague, texts

pytestmark = [pytest.mark.hostile, pytest.mark.slow]


def shown(view: RosterView, records: list[bytes]) -> RosterView:
    return msgspec.structs.replace(view, records=records)


def ghost(box: bytes, view: RosterView) -> RosterView:
    """One seat more, of the server's own, in the name of the administrator."""
    state, pair = roster.replay(view.records, box), seat_keys(os.urandom(32), box)
    (admin,) = [seat for seat, keys in state.seats.items() if keys.admin]
    signed = roster.make_admit(
        state,
        seat=os.urandom(16),
        sign_pk=pair.sign.public,
        kem_pk=pair.kem.public,
        role="agent",
        admin=True,
        signer=admin,
        signer_key=pair.sign,
    )
    return shown(view, [*view.records, signed])


def made_up(box: bytes, view: RosterView) -> RosterView:
    """A roster of the server's own, from its first record on, in which the same seats sit."""
    seed, pair = os.urandom(32), seat_keys(os.urandom(32), box)
    founder = os.urandom(16)
    records = [
        roster.make_create(
            mailbox=box,
            seat=founder,
            sign=pair.sign,
            kem_pk=pair.kem.public,
            role="mayor",
            identity=mailbox.identity(seed, box, 0),
            sc=mailbox.seed_check(seed, box, 0),
        )
    ]
    for seat, keys in roster.replay(view.records, box).seats.items():
        signed = roster.make_admit(
            roster.replay(records, box),
            seat=seat,
            sign_pk=keys.sign_pk,
            kem_pk=keys.kem_pk,
            role=keys.role,
            admin=keys.admin,
            signer=founder,
            signer_key=pair.sign,
        )
        records.append(signed)
    return shown(view, records)


def rolled_back(box: bytes, view: RosterView) -> RosterView:
    return shown(view, view.records[:1])


async def goes_on(ground: Ground, me: Client) -> None:
    """The conversation is there, whole, and the other side hears what is said in it."""
    thread = me.thread(ground.thread)
    await thread.load()
    assert texts(thread)[: len(LINES)] == list(LINES)
    async with ground.doctor.client() as doctor:
        await thread.send("Nous continuons")
        await hears(doctor, "Nous continuons")


async def test_control_an_honest_door_shows_the_roster_as_it_is(ground: Ground) -> None:
    door = ground.door()
    door.tell(RosterView, lambda view: shown(view, list(view.records)))
    async with ground.mayor.client(door) as mayor:
        await mayor.mailbox(ground.town).rotate()
        assert len(mayor.mailbox(ground.town).colleagues) == 2
        await goes_on(ground, mayor)


@pytest.mark.parametrize(
    ("lie", "error"),
    [
        pytest.param(ghost, BadRoster, marks=pytest.mark.attack("adds a ghost seat to the roster")),
        pytest.param(rolled_back, BadRoster, marks=pytest.mark.attack("rolls back the roster")),
        pytest.param(
            made_up,
            ResetUnaccepted,
            marks=pytest.mark.attack("shows a roster of its own, from another first record on"),
        ),
    ],
)
async def test_a_roster_that_is_not_the_one_seen_before(
    ground: Ground, lie: Callable[[bytes, RosterView], RosterView], error: type[Exception]
) -> None:
    """To a client that runs, an alarm and no change; to one that comes back, an alarm and no mailbox."""
    door = ground.door()
    async with ground.mayor.client(door) as mayor:
        before = dict(mayor.mailbox(ground.town).colleagues)
        door.tell(RosterView, partial(lie, ground.town))
        with pytest.raises(error):
            await mayor.mailbox(ground.town).rotate()
        assert dict(mayor.mailbox(ground.town).colleagues) == before
        await goes_on(ground, mayor)
    async with ground.mayor.client(door) as mayor:
        assert type((await first(mayor, RosterAlarm)).reason) is error
        assert (mayor.mailboxes, mayor.threads) == ((), ())
        door.be_honest()
    async with ground.mayor.client(door) as mayor:
        await mayor.mailbox(ground.town).rotate()
        await goes_on(ground, mayor)


@pytest.mark.attack("says that the mailbox began anew, and shows the roster as it was")
async def test_a_reset_that_was_none(ground: Ground) -> None:
    """Keys that a thread still has are used as ever: what the service says of the mailbox changes nothing in it."""
    door = ground.door()
    door.tell(RosterView, lambda view: msgspec.structs.replace(view, anew=True))
    async with ground.mayor.client(door) as mayor:
        assert mayor.mailbox(ground.town).keys.was_reset
        await goes_on(ground, mayor)


@pytest.mark.attack("says that a seat is another one")
async def test_a_seat_that_is_not_ours(ground: Ground) -> None:
    door = ground.door()

    def other(told: Welcome | AccountView) -> Welcome | AccountView:
        seats = [msgspec.structs.replace(seat, seat=os.urandom(16)) for seat in told.seats]
        return msgspec.structs.replace(told, seats=seats)

    door.tell(Welcome, other)
    door.tell(AccountView, other)
    async with ground.secretary.client(door) as secretary:
        assert isinstance((await first(secretary, RosterAlarm)).reason, BadRoster)
        assert secretary.mailboxes == ()


@pytest.mark.attack("suppresses a removal before the administrator")
async def test_a_removal_that_was_taken_and_not_done(ground: Ground) -> None:
    """It says yes and does nothing: who removed the seat must not believe that it is gone."""
    door = ground.door()
    async with ground.secretary.client() as secretary:
        seat = secretary.mailbox(ground.town).seat
    async with ground.mayor.client(door) as mayor:
        town = mayor.mailbox(ground.town)
        door.swallow("POST", "removals")
        with pytest.raises(BadRoster):
            await town.remove(seat)
        assert len(door.swallowed) == 1
        assert seat in town.colleagues
    door.be_honest()
    async with ground.mayor.client(door) as mayor:
        town = mayor.mailbox(ground.town)
        await town.remove(seat)
        assert seat not in town.colleagues
        await goes_on(ground, mayor)


@pytest.mark.attack("suppresses an admission")
async def test_an_admission_that_was_taken_and_not_done(ground: Ground) -> None:
    door = ground.door()
    async with ground.mayor.client(door) as mayor, ground.newcomer("deputy").client() as deputy:
        asked = await deputy.ask_seat(ground.town)
        (waiting,) = await mayor.mailbox(ground.town).pending()
        door.swallow("POST", "roster")
        with pytest.raises(BadRoster):
            await mayor.mailbox(ground.town).admit(waiting.seat, asked.words)


@pytest.mark.attack("suppresses a removal before a colleague")
async def test_a_removal_that_a_colleague_is_not_shown(ground: Ground) -> None:
    """They go on under the old seed until the first act of somebody who knows of it: then the log stops."""
    door = ground.door()
    async with ground.mayor.client() as mayor, ground.newcomer("deputy").client() as deputy:
        await seat_colleague(mayor, deputy, ground.town)
        leaver = deputy.mailbox(ground.town).seat
    async with ground.mayor.client() as mayor, ground.secretary.client(door) as secretary:
        door.freeze(RosterView)
        door.tell(SeatsChanged, lambda _: None)
        await secretary.mailbox(ground.town).reread()
        assert leaver in secretary.mailbox(ground.town).colleagues
        await mayor.mailbox(ground.town).remove(leaver)
        await mayor.thread(ground.thread).send("Entre nous")
        told = await first(secretary, NotRendered)
        assert told.stopped
        assert isinstance(told.reason, BadRecord)
        assert "Entre nous" not in texts(secretary.thread(ground.thread))
        with pytest.raises(Stopped):
            await secretary.thread(ground.thread).send("Qui est encore là ?")
    door.be_honest()
    async with ground.secretary.client(door) as secretary:
        assert leaver not in secretary.mailbox(ground.town).colleagues
        await goes_on(ground, secretary)
        assert "Entre nous" in texts(secretary.thread(ground.thread))


@pytest.mark.attack("shows colleagues different rosters")
async def test_a_roster_that_lacks_a_colleague(ground: Ground) -> None:
    """The seat tag of whoever it hides tells: an alarm beside their first message."""
    door = ground.door()
    async with ground.secretary.client(door) as secretary:
        door.freeze(RosterView)
        door.tell(SeatsChanged, lambda _: None)
        await secretary.mailbox(ground.town).reread()
        async with ground.mayor.client() as mayor, ground.newcomer("deputy").client() as deputy:
            await seat_colleague(mayor, deputy, ground.town)
            await deputy.thread(ground.thread).send("De l’adjointe")
        await hears(secretary, "De l’adjointe")
        assert isinstance((await first(secretary, RosterAlarm)).reason, BadRoster)
        assert len(secretary.mailbox(ground.town).colleagues) == 2


@pytest.mark.attack("swaps the keys of whoever asks for a seat")
async def test_a_newcomers_keys_swapped(ground: Ground) -> None:
    door = ground.door()
    pair = seat_keys(os.urandom(32), ground.town)

    def swapped(told: PendingSeats) -> PendingSeats:
        pending = [PendingSeat(p.seat, pair.sign.public, pair.kem.public, p.role, p.asked_at) for p in told.pending]
        return PendingSeats(pending)

    async with ground.mayor.client(door) as mayor, ground.newcomer("deputy").client() as deputy:
        asked = await deputy.ask_seat(ground.town)
        door.tell(PendingSeats, swapped)
        (waiting,) = await mayor.mailbox(ground.town).pending()
        assert waiting.words != asked.words
        with pytest.raises(WordsDiffer):
            await mayor.mailbox(ground.town).admit(waiting.seat, asked.words)
        door.be_honest()
        await mayor.mailbox(ground.town).admit(waiting.seat, asked.words)
        await asked.admitted(timeout_s=20)
        await goes_on(ground, deputy)


@pytest.mark.attack("shows a newcomer a roster of its own")
async def test_a_newcomer_on_another_roster(ground: Ground) -> None:
    """The head is in the words: whoever asks on a made-up roster shows words that no administrator has."""
    door = ground.door()
    door.tell(RosterView, partial(made_up, ground.town))
    async with ground.mayor.client() as mayor, ground.newcomer("deputy").client(door) as deputy:
        asked = await deputy.ask_seat(ground.town)
        (waiting,) = await mayor.mailbox(ground.town).pending()
        with pytest.raises(WordsDiffer):
            await mayor.mailbox(ground.town).admit(waiting.seat, asked.words)
        door.be_honest()
        words = await asked.again()
        await mayor.mailbox(ground.town).admit(waiting.seat, words)
        await asked.admitted(timeout_s=20)
        await goes_on(ground, deputy)


@pytest.mark.attack("shows the holder of a printed kit a roster of its own")
async def test_a_kit_on_a_made_up_roster(ground: Ground) -> None:
    """It seats the public keys of the kit on a roster of its own; on that root the code gives other keys."""
    door = ground.door()
    async with ground.mayor.client() as mayor:
        code = await mayor.mailbox(ground.town).make_kit()
    door.tell(RosterView, partial(made_up, ground.town))
    async with ground.newcomer("heir").client(door) as heir:
        with pytest.raises(BadRoster):
            await heir.enter_with_kit(ground.town, code)
        assert heir.mailboxes == ()
        door.be_honest()
        await heir.enter_with_kit(ground.town, code)
        await goes_on(ground, heir)
