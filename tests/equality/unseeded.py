"""The two kinds of bytes that no seed of the test governs, kept from one run and given again in another.

HPKE (`hpke_seal`). The library draws its own randomness and takes none. A run keeps every output beside its inputs
(public key, info, plaintext); a later run gives the kept output for equal inputs, and makes a fresh one of the same
length for others. A wrap that a peer sees is therefore the same bytes exactly if its inputs were the same.

Seat tags (`seat_tag`). A tag is AES-256-GCM, under a key that is used once and that derives from the mailbox's seed,
over a seat id and a roster head; both depend on the account's keys, so that honest tags of the two runs differ, and
with them the body, the commitment, the signature, the ciphertext and the chain. No peer holds the key: to them a tag is
84 bytes that tell nothing but that they are 84, which is what the cipher promises and a test cannot show. So the second
run gives the tag of the first for the same header, after checking that its own has the same length; everything that
depends on tags can then be compared byte for byte.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from types import ModuleType

import pytest

from messaging.e2ee import epoch, mailbox, message, suite
from messaging.e2ee.encoding import label_of

_HpkeInputs = tuple[bytes, bytes, bytes]
_USERS: tuple[ModuleType, ...] = (suite, epoch, mailbox)
"""The modules that call `hpke_seal`, each by a name of its own."""


class Kept:
    """What a run made."""

    def __init__(self) -> None:
        self.wraps: defaultdict[_HpkeInputs, list[bytes]] = defaultdict(list)
        self.tags: dict[bytes, bytes] = {}

    def record(self, patch: pytest.MonkeyPatch) -> Counter[str]:
        """From here on keeps what is made. Nothing is given again: the counter stays empty."""
        seal, tag = suite.hpke_seal, message.seat_tag

        def hpke_seal(public: bytes, plaintext: bytes, info: bytes) -> bytes:
            made = seal(public, plaintext, info)
            self.wraps[public, info, plaintext].append(made)
            return made

        def seat_tag(seed: bytes, header_bytes: bytes, salt: bytes, seat: bytes, roster_head: bytes) -> bytes:
            made = tag(seed, header_bytes, salt, seat, roster_head)
            self.tags[header_bytes] = made
            return made

        _put(patch, hpke_seal, seat_tag)
        return Counter()

    def wraps_of(self, label: str) -> int:
        """How many HPKE outputs were made whose info has this label."""
        return sum(len(outputs) for inputs, outputs in self.wraps.items() if label_of(inputs[1]) == label)

    def replay(self, patch: pytest.MonkeyPatch) -> Counter[str]:
        """From here on gives again what was kept. The counter says how many HPKE outputs were, by the label of info."""
        seal, tag = suite.hpke_seal, message.seat_tag
        waiting = {inputs: list(outputs) for inputs, outputs in self.wraps.items()}
        again: Counter[str] = Counter()

        def hpke_seal(public: bytes, plaintext: bytes, info: bytes) -> bytes:
            kept = waiting.get((public, info, plaintext))
            if not kept:
                return seal(public, plaintext, info)
            again[label_of(info)] += 1
            return kept.pop(0)

        def seat_tag(seed: bytes, header_bytes: bytes, salt: bytes, seat: bytes, roster_head: bytes) -> bytes:
            made = tag(seed, header_bytes, salt, seat, roster_head)
            kept = self.tags.get(header_bytes)
            assert kept is None or len(made) == len(kept) == message.SEAT_TAG_BYTES
            return made if kept is None else kept

        _put(patch, hpke_seal, seat_tag)
        return again


def _put(
    patch: pytest.MonkeyPatch,
    hpke_seal: Callable[[bytes, bytes, bytes], bytes],
    seat_tag: Callable[[bytes, bytes, bytes, bytes, bytes], bytes],
) -> None:
    for module in _USERS:
        patch.setattr(module, "hpke_seal", hpke_seal)
    patch.setattr(message, "seat_tag", seat_tag)
