"""Somebody who kept all keys that their client ever held and has stolen the database as well: what still opens?

What SPEC.md section 5.5 ends, in the hands of one who was removed. They do not ask the service, which refuses them;
they try every key that they have on every message, and on the sealed key of every epoch.
"""

from collections.abc import Iterator, Mapping, Sequence

from messaging.domain.vocabulary import EventKind
from messaging.e2ee import content, epoch, message, pseudonym
from messaging.e2ee.content import Text
from messaging.e2ee.epoch import EpochRecord, Wraps
from messaging.e2ee.errors import E2EEError
from messaging.e2ee.message import Place
from messaging.e2ee.pseudonym import thread_slot
from messaging.e2ee.suite import KemKey
from messaging.ports import EventRow
from pli_client import Thread


class Thief:
    """What a client held of one conversation when its seat ended."""

    def __init__(self, thread: Thread) -> None:
        self._party = thread.state.party
        self._seeds = list(thread.follower.log.side.keys.seeds.values())
        epochs = thread.follower.log.epochs
        kept = [epochs[n] for n in range(len(epochs))]
        self._secrets = [each.secret for each in kept if each.secret is not None]
        self._kems = [each.kept.kem for each in kept if each.kept is not None]

    def opens(self, stolen: Sequence[EventRow], wraps: Mapping[int, Wraps]) -> list[str]:
        """The texts of the stolen messages that open, in order."""
        records = [epoch.parse_signed(row.payload).record for row in stolen if row.kind == EventKind.EPOCH]
        secrets = [*self._secrets, *self._unwrapped(records, wraps)]
        opened = (self._text(row, records, secrets) for row in stolen if row.kind == EventKind.MESSAGE)
        return [text for text in opened if text is not None]

    def _unwrapped(self, records: Sequence[EpochRecord], wraps: Mapping[int, Wraps]) -> Iterator[bytes]:
        """The epoch keys that the kept seeds and pseudonyms open."""
        for record in records:
            for kem in (*self._kems, *self._derived(record)):
                try:
                    yield epoch.open_epoch(record, wraps[record.n], self._party, kem)
                except E2EEError:
                    continue

    def _derived(self, record: EpochRecord) -> Iterator[KemKey]:
        """What the side's key of this epoch would be, were the seed still one of those that were kept."""
        for seed in self._seeds:
            yield pseudonym.derive(seed, thread_slot(record.thread, record.n)).kem

    def _text(self, row: EventRow, records: Sequence[EpochRecord], secrets: Sequence[bytes]) -> str | None:
        parts = message.parse_payload(row.payload)
        author = records[parts.epoch].parties[parts.party].sign
        place = Place(parts.thread, parts.epoch, parts.record_hash, parts.party)
        for secret in secrets:
            try:
                opened = content.decode_content(message.open_message(row.payload, secret, author, place).content)
            except E2EEError:
                continue
            return opened.text if isinstance(opened, Text) else None
        return None
