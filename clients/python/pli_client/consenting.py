"""One person's consents in one thread: kept before they are sent, sent again as they are, withdrawn on any device."""

from collections.abc import Mapping

import msgspec

from messaging.domain.consent import CardState
from messaging.domain.errors import RotationNeeded
from messaging.wire.commands import Consents
from messaging.wire.events import CardsList, Ok, OwnCard
from pli_client import consent, local
from pli_client.errors import ClientError, ConsentElsewhere, ProblemError, ServiceRestored
from pli_client.follower import Follower
from pli_client.outbox import reseals_max
from pli_client.renewal import RENEWED, Renewal
from pli_client.runtime import Runtime


class Consenting:
    """The consents of this account in a thread that was read; see `Thread.consent` and `Thread.withdraw`."""

    def __init__(self, runtime: Runtime, follower: Follower, renewal: Renewal) -> None:
        self._runtime = runtime
        self._renewal = renewal
        self._follower = follower
        self._thread = follower.log.side.thread

    async def give(self, shown: Mapping[str, str], *, text: str, channel: str, attestation: str | None) -> bytes:
        """Consents to show these fields; returns the card's id.

        Raises: BadCard, ProblemError, TimedOut, ResetAwaited, PeerBeginsAnew, Stopped.
        """
        await self._renewal.voiced()
        asked = consent.asked(shown, text=text, channel=channel, attestation=attestation)
        card_id, given = await self._unanswered(asked) or await self._sealed_card(
            asked, shown, text=text, channel=channel, attestation=attestation
        )
        for _ in range(reseals_max):
            try:
                command = consent.command(self._thread, given)
                await self._runtime.link.request(command, Ok, timeout_s=self._runtime.timeout_s)
            except (ProblemError, ServiceRestored) as error:
                if isinstance(error, ServiceRestored) or error.code in RENEWED:
                    stale: ClientError = error
                    await self._runtime.storage.delete(self._given(card_id))
                    if isinstance(error, ProblemError) and error.code == RotationNeeded.code:
                        await self._renewal.asked()
                    await self._follower.catch_up(pull=True)
                    card_id, given = await self._sealed_card(
                        asked, shown, text=text, channel=channel, attestation=attestation
                    )
                    continue
                if error.final:
                    await self._runtime.storage.delete(self._given(card_id))
                raise
            answered = msgspec.structs.replace(given, asked=b"", payload=b"", s_server=b"")
            await local.save(self._runtime.storage, self._given(card_id), answered)
            return card_id
        await self._runtime.storage.delete(self._given(card_id))
        raise stale

    async def withdraw(self, card_id: bytes) -> bool:
        """Withdraws a consent of this person; whether the service says that the card was destroyed unshown.

        Raises: ConsentElsewhere, BadConsent, ProblemError, TimedOut.
        """
        statement = await self._own_statement(card_id)
        command = consent.withdraw(self._follower.log, card_id, statement, self._runtime.clock())
        await self._runtime.link.request(command, Ok, timeout_s=self._runtime.timeout_s)
        await self._runtime.storage.delete(self._given(card_id))
        return any(card.card == card_id and card.state == CardState.WITHDRAWN for card in await self.listed())

    async def listed(self) -> list[OwnCard]:
        """The cards of one's own side."""
        command = Consents(ref=0, thread=self._thread)
        answer = await self._runtime.link.request(command, CardsList, timeout_s=self._runtime.timeout_s)
        return answer.cards

    async def _sealed_card(
        self, asked: bytes, shown: Mapping[str, str], *, text: str, channel: str, attestation: str | None
    ) -> tuple[bytes, local.Given]:
        """A new card and the consent to it, kept before they are first sent."""
        card_id, command = consent.give(
            self._follower.log,
            shown,
            text=text,
            channel=channel,
            attestation=attestation,
            now=self._runtime.clock(),
            msg_id=self._runtime.new_id(),
            entropy=self._runtime.entropy,
        )
        given = local.Given(command.statement, command.signature, command.payload, command.s_server, asked)
        await local.save(self._runtime.storage, self._given(card_id), given)
        return card_id, given

    async def _unanswered(self, asked: bytes) -> tuple[bytes, local.Given] | None:
        """The card of the same consent that got no answer: it may be in escrow, and must not get a twin."""
        prefix = f"{local.CONSENTS}{self._thread.hex()}."
        for name in await self._runtime.storage.names(prefix):
            given = await local.load(self._runtime.storage, name, local.Given)
            if given is not None and given.asked == asked:
                return bytes.fromhex(name.removeprefix(prefix)), given
        return None

    async def _own_statement(self, card_id: bytes) -> bytes:
        """The consent as this person signed it: kept here, or given back by the service and checked."""
        given = await local.load(self._runtime.storage, self._given(card_id), local.Given)
        if given is not None:
            return given.statement
        for card in await self.listed():
            if card.card == card_id and card.statement is not None:
                consent.check_own(self._follower.log, card_id, card.statement, card.signature or b"")
                return card.statement
        raise ConsentElsewhere("this person did not give that consent")

    def _given(self, card_id: bytes) -> str:
        return f"{local.CONSENTS}{self._thread.hex()}.{card_id.hex()}"
