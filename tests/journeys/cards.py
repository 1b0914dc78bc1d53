"""Consents made with the protocol alone, ready to be sent at one moment from several connections."""

from dataclasses import dataclass
from typing import Final, Self

from messaging.app import system_clock
from messaging.e2ee import consent
from messaging.e2ee.card import SealedCard
from messaging.e2ee.consent import Consent
from messaging.e2ee.suite import sha256
from messaging.wire.commands import ConsentGive, ConsentWithdraw
from tests.faults.parties import Line

_TEXT_HASH: Final = sha256(b"J'accepte.")


@dataclass(frozen=True, slots=True)
class Prepared:
    """One person's consent, sealed and signed."""

    line: Line
    sealed: SealedCard
    statement: bytes

    @classmethod
    def made(cls, line: Line, name: str) -> Self:
        sealed = line.card({"name": name})
        statement = consent.consent_statement(
            Consent(
                thread=line.thread,
                record_0=line.record.hash,
                party=line.party,
                card=sealed.card,
                bits=sealed.bits,
                text_hash=_TEXT_HASH,
                channel="test",
                time=system_clock(),
                payload_hash=sha256(sealed.payload),
                cs=sealed.cs,
            )
        )
        return cls(line, sealed, statement)

    @property
    def give(self) -> ConsentGive:
        return ConsentGive(
            ref=0,
            thread=self.line.thread,
            statement=self.statement,
            signature=consent.sign(self.line.keys.pair.sign, self.statement),
            payload=self.sealed.payload,
            s_server=self.sealed.s_server,
        )

    @property
    def withdraw(self) -> ConsentWithdraw:
        statement = consent.withdrawal_statement(self.statement, system_clock())
        signature = consent.sign(self.line.keys.pair.sign, statement)
        return ConsentWithdraw(
            ref=0, thread=self.line.thread, card=self.sealed.card, statement=statement, signature=signature
        )
