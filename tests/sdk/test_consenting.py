"""Giving a consent over failures: one person's one consent never becomes two cards, and stays possible to withdraw."""

from typing import TypeVar

import pytest

from messaging.wire.commands import AnyCommand, ConsentGive, ConsentWithdraw
from messaging.wire.events import Ok, Problem
from pli_client import Card, MemoryStorage, Thread, local
from pli_client.errors import ClientError, ProblemError, TimedOut
from pli_client.runtime import Runtime
from tests.sdk.rig import HttpService, ScriptedLink, opened_keeper, runtime
from tests.sdk.test_engine import state
from tests.sdk.world import PREKEY_INDEX, World

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

    async def request(self, command: AnyCommand, kind: type[K], *, timeout_s: float | None) -> K:
        if isinstance(command, ConsentGive):
            self.given.append(command)
            if self.trouble:
                raise self.trouble.pop(0)
        elif isinstance(command, ConsentWithdraw):
            self.withdrawn.append(command)
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
            parts, world.town, state(world), followed=None, on_tag=lambda tag: None, on_change=lambda thread: None
        )

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
