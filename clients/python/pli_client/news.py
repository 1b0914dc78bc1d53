"""What of a conversation's log is news for its reader, and what it says of the conversation's state. Pure."""

from collections.abc import Sequence

import msgspec

from messaging.e2ee.errors import BadCard, BadConsent
from messaging.wire.events import ThreadState
from pli_client.log import ThreadLog
from pli_client.views import CardsReleased, Item, NotRendered, ThirdJoined, ThirdLeft


def is_quiet(item: Item) -> bool:
    """What a blocked peer can do without being heard. That own cards appeared, as they should or not, who else reads,
    or that the log broke, is told.
    """
    if isinstance(item, ThirdJoined | ThirdLeft):
        return False
    is_release = isinstance(item, CardsReleased) or (
        isinstance(item, NotRendered) and isinstance(item.reason, BadCard | BadConsent)
    )
    return not is_release and not is_end(item)


def is_end(item: Item) -> bool:
    """That the log broke: news even where it is shorter than what the application took."""
    return isinstance(item, NotRendered) and item.stopped


def moved_on(state: ThreadState, log: ThreadLog, items: Sequence[Item]) -> ThreadState:
    """The state of a thread whose log showed these items, until the service states it again."""
    times = [item.at for item in items if not isinstance(item, NotRendered)]
    return msgspec.structs.replace(
        state,
        seq=max(state.seq, log.seq),
        epoch=max(0, log.epochs.next_n - 1),
        last_at=max([state.last_at, *times]),
        revealed=state.revealed or any(isinstance(item, CardsReleased) for item in items),
    )
