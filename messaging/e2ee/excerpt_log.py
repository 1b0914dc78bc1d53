"""The log of a thread with stretches left out, as an excerpt has it: what is there verifies as for every reader.

The events before the range stand alone, each under a stamp of its own; the range is whole, under the stamp of its last
event. What was left out between them cannot be compared, and need not: the records name each other (SPEC.md 10.4).
"""

from messaging.e2ee.encoding import label_of
from messaging.e2ee.errors import BadEncoding, BadReport, Fork, Gap
from messaging.e2ee.excerpt import WITHHELD_KINDS, ExcerptEntry
from messaging.e2ee.thread_log import MESSAGE, ThreadChain
from messaging.e2ee.verified_log import RELEASED, LogEvent


class ExcerptLog(ThreadChain):
    """A verified log in pieces."""

    def take_entry(self, entry: ExcerptEntry) -> None:
        """Takes an event that stands alone. Raises what `verify_range` raises."""
        self.skip_to(entry.event.seq - 1, entry.head)
        self.verify_range([entry.event])

    def skip_to(self, seq: int, head: bytes) -> None:
        """Leaves out what comes before the event after `seq`, at which the log has that head; the next stamp proves it.

        Raises Gap for a stretch that was taken already, Fork for another head than a known one.
        """
        if seq < self.seq:
            raise Gap(f"the event after seq {seq} stands behind seq {self.seq}")
        if seq > self.seq:
            self._heads[:] = [head]
            self._before = seq
        elif head != self.head:
            raise Fork(f"the excerpt has another head at seq {seq} than the one that its events give")

    @staticmethod
    def is_closed(event: LogEvent) -> bool:
        """Whether the payload of an event is not there."""
        try:
            return event.kind in WITHHELD_KINDS and label_of(event.payload) == "pli1/withheld"
        except BadEncoding:
            return False

    def _is_withheld(self, event: LogEvent) -> bool:
        if event.kind == RELEASED and not self.is_closed(event):
            raise BadReport("an excerpt holds what no report may show: a released card")
        return self.is_closed(event)

    def check_message_there(self, event: LogEvent) -> None:
        """Raises BadReport unless the event is a message whose payload is there."""
        if event.kind != MESSAGE or self.is_closed(event):
            raise BadReport(f"seq {event.seq} is opened and is no message, or is not in the excerpt")
