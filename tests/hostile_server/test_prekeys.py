"""Prekeys: a server that hands out keys of its own, or such that nobody has."""

import msgspec
import pytest

from messaging.domain.vocabulary import MailboxKind, Role
from messaging.e2ee.errors import BadKey, BadSignature, SwappedPrekey
from messaging.wire.rest import Claim
from pli_client import Card, CardsReleased, NotRendered, Thread
from tests.hostile_server.ground import Account, Ground, first, hears
from tests.hostile_server.interceptor import Interceptor

pytestmark = [pytest.mark.hostile, pytest.mark.slow]


async def opens(ground: Ground) -> None:
    async with ground.doctor.client() as doctor, ground.mayor.client() as mayor:
        await doctor.mailbox(ground.project).open(ground.place.listing, "Un autre sujet")
        await hears(mayor, "Un autre sujet")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param(
            {"pk_kem": bytes(1216)}, BadKey, marks=pytest.mark.attack("hands out a prekey that anybody could open")
        ),
        pytest.param(
            {"pk_sign": bytes(32)}, BadSignature, marks=pytest.mark.attack("hands out a prekey that anybody signs for")
        ),
    ],
)
async def test_a_prekey_that_is_no_key(ground: Ground, changes: dict[str, bytes], error: type[Exception]) -> None:
    """Refused before anything leaves the device."""
    door = ground.door()
    door.tell(Claim, lambda claim: msgspec.structs.replace(claim, **changes))
    device = ground.doctor.device
    async with ground.doctor.client(door) as doctor:
        with pytest.raises(error):
            await doctor.mailbox(ground.project).open(ground.place.listing, "Bonjour")
        assert await device.names("opening.") == []
        assert len(doctor.threads) == 1
    await opens(ground)


TEXT = "J’accepte que ma carte soit montrée."
DOCTOR, MAYOR = Card(name="Maïwenn Le Dantec"), Card(name="Yves Kerhervé")


async def consent(thread: Thread, card: Card) -> None:
    await thread.consent(card, fields={"name"}, text=TEXT)


async def test_control_a_thread_opened_at_an_honest_door_leads_to_a_reveal(ground: Ground) -> None:
    async with ground.doctor.client(ground.door()) as doctor, ground.mayor.client() as mayor:
        thread = await doctor.mailbox(ground.project).open(ground.place.listing, "Un autre sujet")
        await hears(mayor, "Un autre sujet")
        await consent(thread, DOCTOR)
        await consent(mayor.thread(thread.id), MAYOR)
        for me in (doctor, mayor):
            assert len((await first(me, CardsReleased)).cards) == 2
        assert thread.words == mayor.thread(thread.id).words


@pytest.mark.attack("swaps the prekey of an opening and stands between the two sides")
async def test_who_stands_between_is_found_at_the_reveal(ground: Ground) -> None:
    """It reads and passes on every word; the cards, bound to the keys that each side has, do not fit the other's."""
    await ground.service.register_mailbox("puppet", MailboxKind.PROJECT)
    puppet = Account(ground.place.person("puppet", "puppet", MailboxKind.PROJECT, Role.HOLDER, admin=True))
    door = ground.door()
    async with (
        ground.doctor.client(door) as doctor,
        ground.mayor.client() as mayor,
        Interceptor(ground, door, puppet.client()) as between,
    ):
        thread = await doctor.mailbox(ground.project).open(ground.place.listing, "Un secret")
        await hears(mayor, "Un secret")
        await mayor.thread(thread.id).send("Je le garde")
        await between.pass_on("Je le garde")
        await hears(doctor, "Je le garde")
        assert between.read == ["Un secret", "Je le garde"]
        assert thread.words != mayor.thread(thread.id).words
        await consent(thread, DOCTOR)
        await consent(mayor.thread(thread.id), MAYOR)
        refused = await first(mayor, NotRendered)
        assert isinstance(refused.reason, SwappedPrekey)
        await between.release()
        refused = await first(doctor, NotRendered)
        assert isinstance(refused.reason, SwappedPrekey)
        assert (thread.cards, mayor.thread(thread.id).cards) == ((), ())
    await opens(ground)
