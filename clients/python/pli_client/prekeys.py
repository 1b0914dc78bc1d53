"""Prekeys of one mailbox's own targets: published in batches, refilled before they run out (SPEC.md section 5)."""

from typing import Final

from messaging.domain import limits
from messaging.domain.errors import Conflict, TooMany
from messaging.wire.rest import OwnTarget, PrekeyBatch
from pli_client.errors import ProblemError
from pli_client.http import Api
from pli_client.keys import MailboxKeys

refill_below: Final = 16
batch_size: Final = limits.prekeys_per_batch_max
_COLLEAGUE_WAS_FASTER: Final = frozenset({Conflict.code, TooMany.code})


async def refill(api: Api, keys: MailboxKeys) -> None:
    """Publishes a batch for each own target that runs low. Raises: ProblemError, Unreachable."""
    for target in (await api.targets(keys.mailbox)).targets:
        if target.available < refill_below:
            await _publish(api, keys, target)


async def _publish(api: Api, keys: MailboxKeys, target: OwnTarget) -> None:
    indices = range(target.next_index, target.next_index + batch_size)
    batch = PrekeyBatch(keys.prekeys(target.target, indices))
    try:
        await api.publish_prekeys(target.target, batch)
    except ProblemError as error:
        if error.code not in _COLLEAGUE_WAS_FASTER:
            raise
