"""Moderators with the SDK beside a doctor and a village that talk, and the key that reports are sealed to."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from messaging.domain.vocabulary import MailboxKind, Role
from messaging.e2ee import mailbox as seeds
from messaging.e2ee.moderation_key import ModerationKey, certify
from messaging.ports import MailboxClaim, Transaction
from messaging.services.outcome import Outcome
from messaging.wire.moderation import InBoth
from pli_client import Mailbox, Moderator
from tests.journeys.people import ROOT, Cast, Online, Person, admit, cast, trust_of
from tests.support.server import RunningService

RULE: Final = InBoth(fr="Article 4 des conditions d’utilisation.", en="Article 4 of the terms of use.")
FACTS: Final = InBoth(
    fr="L’auteur se présente comme médecin et propose des candidats contre paiement.",
    en="The author claims to be a doctor and offers candidates for money.",
)
DAY_MS: Final = 86_400_000


@dataclass(frozen=True)
class Bench:
    """The moderators, and the people of the other journeys."""

    service: RunningService
    people: Cast
    box: bytes
    first: Person
    second: Person
    third: Person

    @contextlib.asynccontextmanager
    async def sitting(self) -> AsyncIterator[tuple[Online, Online, Online]]:
        """All three, at work."""
        async with self.first.online() as first, self.second.online() as second, self.third.online() as third:
            yield first, second, third

    async def settle(self) -> None:
        """Everybody has a seat, and reports can be made."""
        await self.people.settle()
        await self.seat()

    async def seat(self) -> None:
        """The first founds the mailbox and admits the others; the root certifies its key."""
        async with self.sitting() as (first, second, third):
            await first.client.found(self.box)
            for other in (second, third):
                await admit(first, other, self.box)
                first.happened.clear()
            await self.certify(first.client.mailbox(self.box))

    async def certify(self, mailbox: Mailbox) -> ModerationKey:
        """Installs a certificate for the generation in force, as an operator does with the offline root."""
        keys, now = mailbox.keys, self.service.service.context.clock()
        kem = seeds.identity(keys.seed, keys.mailbox, keys.roster.g).kem.public
        key = ModerationKey(kem, keys.roster.g, now - 1_000, now + 300 * DAY_MS)
        certificate = certify(key, ROOT)

        async def install(tx: Transaction) -> Outcome[None]:
            await tx.moderation_keys.put(key.g, key.not_after, certificate, now)
            return Outcome(None)

        await self.service.service.pipeline.run(install)
        return key


async def bench(service: RunningService) -> Bench:
    """Registers everybody; `settle` founds the mailboxes."""
    people = await cast(service)
    box = await service.register_mailbox("moderation", MailboxKind.MODERATION)
    trust = await trust_of(service)

    def moderator(subject: str, *, admin: bool) -> Person:
        claim = MailboxClaim("moderation", MailboxKind.MODERATION, Role.MODERATOR, admin)
        return Person(service, trust, subject, [claim])

    persons = (moderator("mona", admin=True), moderator("noé", admin=False), moderator("olive", admin=False))
    return Bench(service, people, box, *persons)


def moderating(online: Online, of: Bench) -> Moderator:
    return online.client.mailbox(of.box).moderator
