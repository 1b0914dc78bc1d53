"""Which roster of each mailbox this account follows: the one that it saw first, or one that a person accepted since.

SPEC.md sections 3.3 and 4.7. A pin is never replaced: each accepted reset adds one, from the root before to the new.
"""

from typing import Final

from messaging.e2ee.errors import BadRoster
from messaging.e2ee.roster import RosterState, check_pin
from pli_client.errors import ResetUnaccepted
from pli_client.vault import RESET, ROSTER, VaultKeeper

_ID_BYTES: Final = 16


class Roots:
    """The pins and checkpoints of one account's rosters."""

    def __init__(self, keeper: VaultKeeper) -> None:
        self._keeper = keeper

    def of(self, mailbox: bytes) -> tuple[bytes, ...]:
        """The roots that this account followed, the one in force last; none for a mailbox that it never saw."""
        root = self._keeper.pin(ROSTER, mailbox)
        followed: list[bytes] = []
        while root is not None and root not in followed:
            followed.append(root)
            root = self._keeper.pin(RESET, root[:_ID_BYTES])
        return tuple(followed)

    def check(self, state: RosterState) -> None:
        """The roster is the one that is followed, and leads through what was seen of it.

        Raises: BadRoster; ResetUnaccepted, for one that begins with another record.
        """
        followed = self.of(state.mailbox)
        if followed and state.root != followed[-1]:
            if state.root in followed:
                raise BadRoster("the service shows a roster again that a reset ended")
            raise ResetUnaccepted("the mailbox begins with another record than the one seen before")
        seen = self._keeper.checkpoint(ROSTER, self._place(state.mailbox, followed))
        if seen is not None:
            check_pin(state, seen.position, seen.head)

    def keep(self, state: RosterState) -> None:
        """Pins a roster that was checked, and how far it goes."""
        if not self.of(state.mailbox):
            self._keeper.set_pin(ROSTER, state.mailbox, state.root)
        self._keeper.set_checkpoint(ROSTER, self._place(state.mailbox, self.of(state.mailbox)), state.index, state.head)

    def accept(self, mailbox: bytes, root: bytes) -> None:
        """From now on this root is followed, and no other one again. Raises: BadRoster, for one that was before."""
        followed = self.of(mailbox)
        if not followed or root == followed[-1]:
            return
        if root in followed:
            raise BadRoster("the service shows a roster again that a reset ended")
        self._keeper.set_pin(RESET, followed[-1][:_ID_BYTES], root)

    def _place(self, mailbox: bytes, followed: tuple[bytes, ...]) -> bytes:
        """Under which id the checkpoint stands."""
        return mailbox if len(followed) < 2 else followed[-1][:_ID_BYTES]
