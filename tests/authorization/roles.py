"""Who tries: one actor for every role, as seen from the town hall and from a thread that a project opened with it."""

import os
import sqlite3
from dataclasses import dataclass, replace
from typing import Final, Self

from messaging.domain.scope import Scope
from messaging.domain.vocabulary import MailboxKind, Role
from messaging.ports import MailboxClaim
from tests.authorization.court import Court
from tests.support.server import RunningService
from tests.support.world import Box, Someone, World, newcomer

PEOPLE = (
    "anonymous",  # no token
    "platform",  # the platform's back end, by its signed token
    "seatless",  # a token without mailboxes
    "stranger",  # administrator of an unrelated mailbox
    "newcomer",  # the platform vouches, no seat was asked for
    "founder",  # may found the hamlet, which nobody founded yet
    "pending",  # asked for a seat of the town hall
    "removed",  # had a seat of the town hall
    "unclaimed",  # has a seat, but the platform's token does not name the mailbox any more
    "agent",  # active seat
    "mayor",  # active seat, administrator
    "holder",  # member of the other party of the thread
    "third",  # member of the third party that both let in
    "chair",  # moderator, who has the case
    "wing",  # moderator, the second one in the case
    "idle",  # moderator without the case
    "reporter",  # may read the figures
)
KEY_ROLES = tuple(scope.value for scope in Scope)
"""The platform's back end by a key of one scope."""
ROLES = PEOPLE + KEY_ROLES


@dataclass(frozen=True, slots=True)
class Actor:
    """One role with its token; `person` is None for who is nobody."""

    role: str
    token: str | None
    person: Someone | None


@dataclass
class Annex:
    """Another mailbox of the mayor, in which the pending person may ask for a seat too: for what changes a roster for
    good, and would take the others' roles away. Each has another seat here."""

    box: Box
    mayor: Someone
    pending: Someone
    kit: Someone

    @classmethod
    def made(cls, box: Box, mayor: Someone, pending: Someone) -> Self:
        return cls(
            box,
            Someone(mayor.subject, (*mayor.claims, box.claim(Role.MAYOR, admin=True))),
            Someone(pending.subject, (*pending.claims, box.claim(Role.AGENT))),
            Someone("a printed kit"),
        )

    async def ready(self, world: World) -> Box:
        """Founded, with a kit; its roster as it is now."""
        if not self.box.records:
            await world.found(self.box, self.mayor, Role.MAYOR)
            append = self.box.kit_record(self.mayor, self.kit)
            await world.expect(self.mayor, "POST", f"/v1/mailboxes/{self.box.mailbox.hex()}/roster", append)
        await world.reread(self.box, self.mayor)
        return self.box


class Cast:
    """The actors. Who must be fresh to every attempt, because asking changes what they are, is."""

    def __init__(
        self,
        world: World,
        hamlet: Box,
        annex: Annex,
        standing: dict[str, Someone],
        keys: dict[str, str],
        guest: tuple[Box, Someone],
        court: Court,
    ) -> None:
        self.court = court
        self.world = world
        self._keys = keys
        self.hamlet = hamlet
        self.annex = annex
        self._standing = standing
        self.guest = guest

    @classmethod
    async def made(cls, world: World, service: RunningService) -> "Cast":
        town, claims = world.town, (world.town.claim(Role.AGENT),)
        pending, removed, unclaimed = (Someone(os.urandom(8).hex(), claims) for _ in range(3))
        await world.ask_seat(town, pending)
        for person in (removed, unclaimed):
            await world.seat(town, world.mayor, person, Role.AGENT)
        _remove(service, removed)
        box = await world.register("guest", MailboxKind.PARTNER)
        guest = (box, Someone("facilitator", (box.claim(Role.FACILITATOR, admin=True),)))
        await world.found(*guest, Role.FACILITATOR)
        court = await Court.made(service, world)
        annex = Annex.made(await world.register("annex", MailboxKind.TERRITORY), world.mayor, pending)
        standing = {
            "stranger": world.stranger,
            "pending": replace(pending, claims=annex.pending.claims),
            "removed": removed,
            "unclaimed": Someone(unclaimed.subject, (), unclaimed.account_seed, unclaimed.seat),
            "agent": world.agent,
            "mayor": replace(world.mayor, claims=annex.mayor.claims),
            "holder": world.holder,
            "third": guest[1],
            "chair": court.chair,
            "wing": court.wing,
            "idle": court.idle,
        }
        keys = {scope.value: await service.platform_key(scope) for scope in Scope}
        return cls(world, await world.register("hamlet", MailboxKind.TERRITORY), annex, standing, keys, guest, court)

    def actor(self, role: str) -> Actor:
        if role == "anonymous":
            return Actor(role, None, None)
        if role == "platform":
            return Actor(role, self.world.service.idp.platform_token(), None)
        if role == "reporter":
            return Actor(role, self.world.service.idp.reporting_token(), None)
        if role in self._keys:
            return Actor(role, self._keys[role], None)
        person = self._standing.get(role) or newcomer(self._claims(role))
        return Actor(role, self.world.token(person), person)

    def _claims(self, role: str) -> tuple[MailboxClaim, ...]:
        fresh: dict[str, tuple[MailboxClaim, ...]] = {
            "seatless": (),
            "newcomer": (self.world.town.claim(Role.AGENT),),
            "founder": (self.hamlet.claim(Role.MAYOR, admin=True),),
        }
        return fresh[role]


_LATER: Final = 2**53


def _remove(service: RunningService, person: Someone) -> None:
    """As a removal leaves the seat, after which every token of theirs was issued earlier."""
    path = service.service.settings.database_url.partition(":///")[2]
    with sqlite3.connect(path) as database:
        database.execute("UPDATE seats SET state = 'removed', removed_at = ? WHERE seat = ?", (_LATER, person.seat))
    database.close()
