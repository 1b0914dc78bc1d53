"""How far each log was told to the sockets of this process."""

from collections import OrderedDict

from messaging.ports import Mark


class Marks:
    """The newest seq by thread, by one side of it (`ports.side_log`) or, for its desk, mailbox. Of the logs that were
    told longest ago, the oldest are forgotten: a sweep then tells of them once more.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._seqs: OrderedDict[bytes, int] = OrderedDict()

    def note(self, mark: Mark) -> None:
        log, seq = mark
        if self._seqs.get(log, -1) < seq:
            self._seqs[log] = seq
        self._seqs.move_to_end(log)
        if len(self._seqs) > self._most:
            self._seqs.popitem(last=False)

    def behind(self, mark: Mark) -> bool:
        """Whether so much was not told yet, as far as is known."""
        log, seq = mark
        return self.told(log) < seq

    def told(self, log: bytes) -> int:
        """-1: nothing, as far as is known."""
        return self._seqs.get(log, -1)

    def __len__(self) -> int:
        return len(self._seqs)
