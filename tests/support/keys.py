"""The keys of one seat in one generation of its mailbox, and what tests derive from them."""

from dataclasses import dataclass

from messaging.e2ee import mailbox as seeds
from messaging.e2ee import message, pseudonym
from messaging.e2ee.account import SeatKeyPair
from messaging.e2ee.mailbox import Identity
from messaging.e2ee.pseudonym import Pseudonym, PublicPseudonym
from messaging.wire.rest import Prekey


@dataclass(frozen=True, slots=True)
class Keys:
    """What a seat holds; `head` is the roster head that it knows."""

    mailbox: bytes
    seat: bytes
    pair: SeatKeyPair
    head: bytes
    seed: bytes
    g: int = 0

    @property
    def identity(self) -> Identity:
        return seeds.identity(self.seed, self.mailbox, self.g)

    def pseudonym(self, slot: bytes) -> Pseudonym:
        return pseudonym.derive(self.seed, slot)

    def own_signature(self, public: PublicPseudonym) -> bytes:
        return pseudonym.own_signature(self.identity.sign, self.mailbox, public)

    def prekey(self, target: bytes, index: int) -> Prekey:
        """The index-th prekey of an own target, ready to be published."""
        public = self.pseudonym(pseudonym.prekey_slot(target, index)).public
        return Prekey(index, public.sign, public.kem, self.own_signature(public))

    def tag(self, header: bytes, salt: bytes) -> bytes:
        return message.seat_tag(self.seed, header, salt, self.seat, self.head)
