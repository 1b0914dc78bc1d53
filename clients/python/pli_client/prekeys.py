"""Prekeys of one mailbox's own targets: published in batches, refilled before they run out (SPEC.md section 5)."""

from typing import Final

from messaging.domain import limits
from messaging.domain.errors import Conflict, TooMany
from messaging.e2ee.entropy import Entropy, draw
from messaging.wire.rest import OwnTarget, PrekeyBatch
from pli_client.errors import ProblemError
from pli_client.http import Api
from pli_client.keys import MailboxKeys

refill_below: Final = 16
refill_within_s: Final = 600.0
"""Targets that run low are refilled each at its own moment: refilled together, they would be known for one owner's."""
batch_size: Final = limits.prekeys_per_batch_max
_COLLEAGUE_WAS_FASTER: Final = frozenset({Conflict.code, TooMany.code})


async def refill(api: Api, keys: MailboxKeys, target: OwnTarget, entropy: Entropy) -> None:
    """Publishes a batch for an own target. Raises: ProblemError, Unreachable."""
    batch = PrekeyBatch(keys.prekeys(target.target, sorted(indices(entropy, batch_size))))
    try:
        await api.publish_prekeys(target.target, batch)
    except ProblemError as error:
        if error.code not in _COLLEAGUE_WAS_FASTER:
            raise


def indices(entropy: Entropy, count: int) -> set[int]:
    """Drawn here, not asked from the service: one that was restored, or lies, would have old pseudonyms made again."""
    drawn: set[int] = set()
    while len(drawn) < count:
        drawn.add(int.from_bytes(draw(entropy, 4), "big"))
    return drawn
