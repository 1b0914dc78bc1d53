"""What an account remembers of one thread's history, so that a log that lacks it is refused, or must say why. Pure.

SPEC.md section 7.4. Two sources: this device's own reading, with the stamp that proves it, and the vault, with what
another device of the account saw.
"""

from messaging.e2ee.vault import Checkpoint
from pli_client import local
from pli_client.epochs import Side
from pli_client.log import ThreadLog
from pli_client.trust import Trust


class History:
    """One thread's. `checkpoint` is what a new log must lead through, or explain."""

    def __init__(self, side: Side, trust: Trust, followed: local.Followed | None, known: Checkpoint | None) -> None:
        """`known`: the vault's checkpoint."""
        self._side = side
        self._trust = trust
        self.explained = {Checkpoint(*point) for point in followed.explained} if followed else set()
        """Checkpoints of histories that a restored backup ended."""
        self._here = Checkpoint(followed.seq, followed.head) if followed and followed.seq else None
        self._restores = followed.restores if followed else ()
        self._stamped = followed.stamped if followed else None
        points = (self._here, None if known in self.explained else known)
        self.checkpoint = max(filter(None, points), key=lambda point: point.position, default=None)

    def new_log(self) -> ThreadLog:
        """An empty log that must lead through the checkpoint."""
        return ThreadLog(self._side, self._trust, self.checkpoint, self._restores if self._is_ours else ())

    def seen(self, log: ThreadLog) -> Checkpoint | None:
        """The furthest verified point: the log's own, or what it must still lead through."""
        if self.checkpoint is not None and self.checkpoint.position > log.seq:
            return self.checkpoint
        return None if log.is_empty else Checkpoint(log.seq, log.head)

    def stamped(self, log: ThreadLog) -> local.Stamped | None:
        """The furthest point that this device can prove."""
        if not log.is_empty and (self._stamped is None or log.seq >= self._stamped.seq):
            return local.Stamped(log.seq, log.head, log.proof)
        return self._stamped

    def leave(self, log: ThreadLog) -> None:
        """The next log must lead through what this one reached."""
        self._stamped = self.stamped(log)
        if not log.is_empty and (self.checkpoint is None or log.seq >= self.checkpoint.position):
            self._restores = log.restores
            self._here = self.checkpoint = Checkpoint(log.seq, log.head)

    def explain(self) -> None:
        """The log said why it does not lead through the checkpoint: what was seen is over."""
        if self.checkpoint is not None:
            self.explained.add(self.checkpoint)
        if self._here is not None:
            self.explained.add(self._here)
        self.checkpoint = self._here = self._stamped = None
        self._restores = ()

    def restores(self, log: ThreadLog) -> tuple[bytes, ...]:
        """The heads of the `restored` events in the history of `seen`."""
        seen = self.seen(log)
        return log.restores if seen is not None and seen.position == log.seq else self._restores

    @property
    def _is_ours(self) -> bool:
        return self.checkpoint is not None and self.checkpoint is self._here
