"""The anonymity rule over the real service: what a claim and an opening show of a party, and to whom all look alike."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from messaging.domain.vocabulary import MailboxKind
from messaging.wire.commands import Threads
from messaging.wire.generic import GENERIC
from messaging.wire.rest import MailboxPut, MailboxRegistered
from messaging.wire.types import Presentation
from tests.platform.conftest import Backend
from tests.support.server import running_service
from tests.support.talk import claimed_opening
from tests.support.world import World

pytestmark = pytest.mark.slow

FINE = Presentation("Commune", "Canton de Pli", True, "Une boulangerie attend.")
COARSE = Presentation("Commune", "Côtes-d’Armor", True)
GENERIC_TOWN = GENERIC[MailboxKind.TERRITORY]


@pytest_asyncio.fixture
async def strict(database_url: str, tmp_path: Path) -> AsyncIterator[Backend]:
    """A service that holds to the bound of a real deployment."""
    folder = tmp_path / "service"
    folder.mkdir()
    async with running_service(database_url, folder, anonymity_min=5) as service, World.made(service) as world:
        yield Backend(service, world, folder)


async def put(backend: Backend, ref: str, *alternatives: Presentation) -> Presentation:
    """What would be shown."""
    body = MailboxPut(ref, MailboxKind.TERRITORY, alternatives[0], coarser=list(alternatives[1:]))
    return (await backend.ask("PUT", "mailboxes", MailboxRegistered, body)).shown


def fine(number: int) -> Presentation:
    return msgspec.structs.replace(FINE, area=f"Canton {number}")


async def test_a_presentation_is_shown_once_it_fits_enough(strict: Backend) -> None:
    shown = [await put(strict, f"town {number}", fine(number), COARSE) for number in range(5)]
    assert shown == [GENERIC_TOWN] * 4 + [COARSE]
    assert await put(strict, "town 0", fine(0), COARSE) == COARSE
    assert await put(strict, "town 0", fine(0)) == GENERIC_TOWN
    assert await put(strict, "town 1", fine(1), COARSE) == GENERIC_TOWN


async def test_the_finest_that_fits_enough_is_shown(strict: Backend) -> None:
    for number in range(5):
        await put(strict, f"town {number}", FINE, COARSE)
    assert await put(strict, "town 5", FINE, COARSE) == FINE


async def test_what_differs_in_anything_shown_does_not_count(strict: Backend) -> None:
    different = [
        msgspec.structs.replace(COARSE, group="EPCI"),
        msgspec.structs.replace(COARSE, area="Finistère"),
        msgspec.structs.replace(COARSE, words="Venez."),
        msgspec.structs.replace(COARSE, verified=False),
    ]
    for number, each in enumerate(different):
        await put(strict, f"town {number}", each)
    project = MailboxPut("a project", MailboxKind.PROJECT, COARSE)
    await strict.ask("PUT", "mailboxes", MailboxRegistered, project)
    assert await put(strict, "one more", COARSE) == GENERIC_TOWN


async def test_saying_the_same_twice_counts_once(strict: Backend) -> None:
    for number in range(2):
        await put(strict, f"town {number}", COARSE, COARSE, COARSE, COARSE, COARSE)
    assert await put(strict, "town 2", COARSE) == GENERIC_TOWN


async def test_all_claims_that_show_the_same_are_answered_alike(strict: Backend) -> None:
    """Five town halls, each with a presentation of its own: who claims cannot tell them apart by anything but keys."""
    world = strict.world
    boxes = [world.town, world.elsewhere]
    for box in boxes:
        await put(strict, box.ref, fine(len(box.ref)), COARSE)
    for number in range(3):
        await put(strict, f"town {number}", fine(number), COARSE)
    answers = []
    for box, owner in zip(boxes, (world.mayor, world.stranger), strict=True):
        target = await world.fresh_target(box, owner)
        answers.append(await world.claim(world.holder, world.project.mailbox, target))
    assert [answer.presentation for answer in answers] == [COARSE, COARSE]
    assert len({len(msgspec.json.encode(answer)) for answer in answers}) == 1
    assert len({(answer.claim, answer.pk_sign, answer.pk_kem) for answer in answers}) == 2


async def test_an_opening_shows_both_sides_by_the_rule(strict: Backend) -> None:
    world = strict.world
    await put(strict, world.town.ref, FINE, COARSE)
    command, _, _ = await claimed_opening(world, (world.project, world.holder), (world.town, world.mayor), 7)
    async with world.socket(world.holder) as holder, world.socket(world.mayor) as mayor:
        assert b'"t":"ack"' in await holder.ask(command)
        for socket, expected in ((holder, GENERIC_TOWN), (mayor, GENERIC[MailboxKind.PROJECT])):
            page = msgspec.json.decode(await socket.ask(Threads(ref=8)))
            assert [thread["peer"]["group"] for thread in page["threads"]] == [expected.group]
            assert FINE.area not in str(page)
