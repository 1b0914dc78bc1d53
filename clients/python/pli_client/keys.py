"""All keys of one seat of one mailbox, and what derives from them. Pure: nothing here is read or sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from messaging.e2ee import mailbox, message, pseudonym
from messaging.e2ee.account import SeatKeyPair
from messaging.e2ee.entropy import Entropy
from messaging.e2ee.errors import BadSeal
from messaging.e2ee.mailbox import Identity
from messaging.e2ee.pseudonym import Pseudonym, PublicPseudonym
from messaging.e2ee.roster import RosterState
from messaging.wire.rest import Prekey


@dataclass(frozen=True, slots=True)
class SeatTag:
    """Which colleague wrote, and the roster head that they knew."""

    seat: bytes
    roster_head: bytes


@dataclass(slots=True)
class MailboxKeys:
    """What a seat holds: its own key pairs, the verified roster, and the mailbox's seeds by generation.

    One object a mailbox, shared by all that need keys: `roster` and `seeds` move on when the roster is read again.
    """

    mailbox: bytes
    seat: bytes
    pair: SeatKeyPair
    roster: RosterState
    seeds: Mapping[int, bytes]
    shown_in: dict[bytes, bytes] = field(default_factory=dict)
    """In which thread each own pseudonym (its signing key) stands: one that stands in two would tie them together."""
    was_reset: bool = False
    """Whether the mailbox began anew: then pseudonyms of its side in older threads are nobody's any more."""
    generation_seen: int = 0
    """When this device first saw the generation in force, ms: what it renews in its threads is counted from there."""

    @property
    def seed(self) -> bytes:
        """S_g of the generation in force."""
        return self.seeds[self.roster.g]

    @property
    def identity(self) -> Identity:
        return mailbox.identity(self.seed, self.mailbox, self.roster.g)

    def identities(self) -> set[bytes]:
        """I_g of every generation that this seat knows: what bindings of the own side may be signed with."""
        return {mailbox.identity(seed, self.mailbox, g).sign.public for g, seed in self.seeds.items()}

    def pseudonym(self, slot: bytes) -> Pseudonym:
        """A new pseudonym, from the seed in force."""
        return pseudonym.derive(self.seed, slot)

    def find_pseudonym(self, slot: bytes, public: PublicPseudonym) -> tuple[Pseudonym, int] | None:
        """The pseudonym of this slot that has these public keys, and its generation: records name none, so each seed
        is tried.
        """
        for g, seed in sorted(self.seeds.items(), reverse=True):
            derived = pseudonym.derive(seed, slot)
            if derived.public == public:
                return derived, g
        return None

    def forget_thread(self, thread: bytes) -> None:
        """The service lost this thread with a restored backup: the prekey that opened it may open another one."""
        for public in [public for public, shown_in in self.shown_in.items() if shown_in == thread]:
            del self.shown_in[public]

    def own_signature(self, public: PublicPseudonym) -> bytes:
        return pseudonym.own_signature(self.identity.sign, self.mailbox, public)

    def prekeys(self, target: bytes, indices: Iterable[int]) -> list[Prekey]:
        """Prekeys of an own target, ready to be published."""
        identity = self.identity.sign
        made: list[Prekey] = []
        for index in indices:
            public = self.pseudonym(pseudonym.prekey_slot(target, index)).public
            own = pseudonym.own_signature(identity, self.mailbox, public)
            made.append(Prekey(index, public.sign, public.kem, own))
        return made

    def tag(self, header: bytes, salt: bytes) -> bytes:
        """Says to colleagues that this seat wrote, and which roster it knows."""
        return message.seat_tag(self.seed, header, salt, self.seat, self.roster.head)

    def read_tag(self, header: bytes, salt: bytes, tag: bytes) -> SeatTag | None:
        """Who of this mailbox wrote; None when no seat of it did."""
        for _, seed in sorted(self.seeds.items(), reverse=True):
            try:
                return SeatTag(*message.open_seat_tag(seed, header, salt, tag))
            except BadSeal:
                continue
        return None

    def seal_entry(self, entry: bytes, content: bytes, entropy: Entropy) -> bytes:
        """Seals an entry of the desk, for the seats of this mailbox."""
        return mailbox.seal_entry(self.seed, self.mailbox, self.roster.g, entry, content, entropy)

    def open_entry(self, entry: bytes, blob: bytes) -> bytes:
        """Raises: BadSeal."""
        for g, seed in sorted(self.seeds.items(), reverse=True):
            try:
                return mailbox.open_entry(seed, self.mailbox, g, entry, blob)
            except BadSeal:
                continue
        raise BadSeal("the desk entry was not sealed by a seat of this mailbox")
