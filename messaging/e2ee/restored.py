"""The event by which a service owns up to a restored backup (SPEC.md section 7.4).

It names how far a log had come before: seq and head, proven to the service by its own stamp. A reader that saw that far
takes it as the explanation for a log that is shorter, or another one, than the one it saw.
"""

from typing import Final, NamedTuple

from messaging.e2ee.encoding import HASH_BYTES, exactly, frame, read_u64, u64, unframe
from messaging.e2ee.vault import Checkpoint

RESTORED: Final = "restored"
_LABEL: Final = "pli1/restored"


class Restored(NamedTuple):
    """What a `restored` event says."""

    old_seq: int
    old_head: bytes
    """The head at old_seq, of the history that was lost."""
    old_stream_epoch: int
    """As the claimant had it; nothing vouches for it."""
    new_stream_epoch: int

    def explains(self, seen: Checkpoint) -> bool:
        """Whether a log with this event may lack what a reader has seen: no further than it says, or exactly that."""
        if seen.position == self.old_seq:
            return seen.head == self.old_head
        return seen.position < self.old_seq


def make_restored(restored: Restored) -> bytes:
    """The payload of the event."""
    return frame(
        _LABEL,
        u64(restored.old_seq),
        exactly(restored.old_head, HASH_BYTES, "the old head"),
        u64(restored.old_stream_epoch),
        u64(restored.new_stream_epoch),
    )


def parse_restored(payload: bytes) -> Restored:
    """Raises BadEncoding."""
    old_seq, old_head, old_epoch, new_epoch = unframe(payload, _LABEL, (8, HASH_BYTES, 8, 8))
    return Restored(read_u64(old_seq), old_head, read_u64(old_epoch), read_u64(new_epoch))
