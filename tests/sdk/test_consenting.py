"""Giving a consent over failures: one person's one consent never becomes two cards, and stays possible to withdraw."""

from typing import TypeVar

import pytest

from messaging.e2ee.consent import verify_withdrawal
from messaging.wire.commands import AnyCommand, ConsentGive, Consents, ConsentWithdraw
from messaging.wire.events import CardsList, Ok, OwnCard, Problem
from pli_client import Card, Desk, MemoryStorage, Thread, local
from pli_client.errors import BadConsent, ClientError, ConsentElsewhere, ProblemError, TimedOut
from pli_client.runtime import Runtime
from tests.sdk.rig import HttpService, ScriptedLink, opened_keeper, runtime
from tests.sdk.test_engine import state
from tests.sdk.world import NOW, PREKEY_INDEX, World

K = TypeVar("K")
MAYOR = Card(name="Yves Kerhervé", role="Maire")
TEXT = "J’accepte de montrer mon nom."


class ConsentingLink(ScriptedLink):
    """Keeps the consents it is given, and answers each as it is told."""

    def __init__(self, world: World) -> None:
        super().__init__(world.service.entries, {0: world.opening.wraps}, PREKEY_INDEX)
        self.given: list[ConsentGive] = []
        self.withdrawn: list[ConsentWithdraw] = []
        self.trouble: list[ClientError] = []
        self.own: list[OwnCard] = []
        """What the service says of the cards of this side."""

    async def request(self, command: AnyCommand, kind: type[K], *, timeout_s: float | None) -> K:
        if isinstance(command, ConsentGive):
            self.given.append(command)
            if self.trouble:
                raise self.trouble.pop(0)
        elif isinstance(command, ConsentWithdraw):
            self.withdrawn.append(command)
        elif isinstance(command, Consents):
            listed = CardsList(ref=0, thread=command.thread, cards=self.own)
            assert isinstance(listed, kind)
            return listed
        else:
            return await super().request(command, kind, timeout_s=timeout_s)
        answer: object = Ok(ref=0)
        assert isinstance(answer, kind)
        return answer


class Mayor:
    """The town hall's side of the world's thread."""

    def __init__(self, world: World, link: ConsentingLink, parts: Runtime) -> None:
        self.link = link
        self.parts = parts
        self.thread = Thread(
            parts,
            world.town,
            Desk(parts, world.town, 0),
            state(world),
            followed=None,
            reread=self._reread,
            on_tag=lambda tag: None,
            on_change=lambda thread: None,
        )

    async def _reread(self) -> None:
        """The roster stays as it is."""

    async def consent(self, *fields: str) -> bytes:
        return await self.thread.consent(MAYOR, fields=fields, text=TEXT)

    async def kept(self) -> list[str]:
        return await self.parts.storage.names(local.CONSENTS)


@pytest.fixture
async def mayor() -> Mayor:
    world, service = World(), HttpService()
    world.talk((0, "Bonjour"))
    link = ConsentingLink(world)
    return Mayor(world, link, runtime(link, await opened_keeper(service, MemoryStorage(), "mayor"), service))


@pytest.mark.parametrize(
    "trouble",
    [
        TimedOut("the service did not answer in time"),
        ProblemError(Problem("/problems/failed", "failed", 500, "failed", retryable=True)),
        ProblemError(Problem("/problems/error", "error", 500, "error")),
    ],
    ids=["no answer", "failed", "error"],
)
async def test_a_consent_without_an_answer_is_asked_again_as_the_same_bytes(mayor: Mayor, trouble: ClientError) -> None:
    mayor.link.trouble = [trouble]
    with pytest.raises(type(trouble)):
        await mayor.consent("name")
    card = await mayor.consent("name")
    first, second = mayor.link.given
    assert (first.statement, first.payload, first.s_server) == (second.statement, second.payload, second.s_server)
    assert first.signature == second.signature
    await mayor.thread.withdraw(card)
    assert len(mayor.link.withdrawn) == 1
    assert await mayor.kept() == []


async def test_another_consent_is_another_card(mayor: Mayor) -> None:
    mayor.link.trouble = [TimedOut("the service did not answer in time")]
    with pytest.raises(TimedOut):
        await mayor.consent("name")
    await mayor.consent("name", "role")
    first, second = mayor.link.given
    assert first.statement != second.statement


async def test_after_its_answer_the_same_consent_is_a_new_card(mayor: Mayor) -> None:
    assert await mayor.consent("name") != await mayor.consent("name")


async def test_of_an_answered_consent_only_what_a_withdrawal_names_is_kept(mayor: Mayor) -> None:
    await mayor.consent("name")
    (name,) = await mayor.kept()
    kept = await local.load(mayor.parts.storage, name, local.Given)
    assert kept is not None
    assert (kept.payload, kept.s_server) == (b"", b"")


async def test_a_refusal_for_good_leaves_nothing(mayor: Mayor) -> None:
    mayor.link.trouble = [ProblemError(Problem("/problems/conflict", "conflict", 409, "conflict"))]
    with pytest.raises(ProblemError):
        await mayor.consent("name")
    assert await mayor.kept() == []


def listed(given: ConsentGive, card: bytes, state: str, **changed: bytes) -> OwnCard:
    """As the service gives a consent back to the seat that gave it."""
    statement, signature = changed.get("statement", given.statement), changed.get("signature", given.signature)
    return OwnCard(card, b"s" * 16, 1, state, NOW, statement, signature)


async def test_a_device_that_did_not_give_a_consent_withdraws_what_the_service_gives_back(mayor: Mayor) -> None:
    card = await mayor.consent("name")
    (given,) = mayor.link.given
    await mayor.parts.storage.delete((await mayor.kept())[0])
    mayor.link.own = [listed(given, card, "waiting")]
    await mayor.thread.withdraw(card)
    (command,) = mayor.link.withdrawn
    pair = mayor.thread.follower.log.side.keys.pair
    assert verify_withdrawal(command.statement, command.signature, pair.sign.public, given.statement) == NOW


@pytest.mark.attack("gives back another consent to be withdrawn")
async def test_it_signs_no_withdrawal_of_anything_else(mayor: Mayor) -> None:
    """Of another card's consent, or of what it never signed: the one that was meant would stay."""
    first, second = await mayor.consent("name"), await mayor.consent("role")
    given, other = mayor.link.given
    for name in await mayor.kept():
        await mayor.parts.storage.delete(name)
    for back in (
        listed(given, first, "waiting", statement=other.statement, signature=other.signature),
        listed(given, first, "waiting", signature=other.signature),
        listed(given, first, "waiting", signature=b""),
    ):
        mayor.link.own = [back]
        with pytest.raises(BadConsent):
            await mayor.thread.withdraw(first)
    mayor.link.own = [OwnCard(first, b"c" * 16, 1, "waiting", NOW)]
    for card in (first, second):
        with pytest.raises(ConsentElsewhere):
            await mayor.thread.withdraw(card)
    assert mayor.link.withdrawn == []


@pytest.mark.parametrize(("state", "remembered"), [("withdrawn", True), ("retracted", False), ("released", False)])
async def test_what_the_service_says_to_have_destroyed_is_remembered(
    mayor: Mayor, state: str, remembered: bool
) -> None:
    card = await mayor.consent("name")
    mayor.link.own = [listed(mayor.link.given[0], card, state)]
    await mayor.thread.withdraw(card)
    assert mayor.thread.followed().withdrawn == ((card,) if remembered else ())
