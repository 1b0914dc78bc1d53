"""The checks that need the open store: clock, stamps, audit log, key ring, stream epoch, outbox."""

from typing import Final

from msgspec import Struct

from messaging import keys
from messaging.e2ee.entropy import draw
from messaging.e2ee.errors import BadStamp, E2EEError
from messaging.e2ee.stamp import verify_proof
from messaging.e2ee.suite import SigningKey
from messaging.e2ee.tree_head import open_head, origin_of
from messaging.keys import KeyFileError
from messaging.operations.doctor.check import Check
from messaging.operations.key_ring import following
from messaging.operations.moderation_keys import LIST
from messaging.operations.operation import Nothing, Operation, Workplace

clock_ms_max: Final = 2_000
"""How far the clocks of service and database may be apart."""
ahead_ms_max: Final = 60_000
"""How far in the future the newest event may be."""
outbox_ms_max: Final = 60_000
"""How long a relation event may wait."""
certificate_days_min: Final = 14
"""How long the certificate of the moderators' key must still hold: time to fetch the root."""
_HEADS: Final = 5


class Inside(Struct):
    checks: list[Check]
    service_id: bytes
    stream_epoch: int
    running: bool
    """Whether a service answered, rather than this command itself."""


async def _examine(at: Workplace, _: Nothing) -> Inside:
    checks = [
        Check.ok("database", f"{at.store.address.shown}: reachable, durable, of this version"),
        await _clock(at),
        await _ring(at),
        await _stamps(at),
        await _audit(at),
        await _moderation(at),
        _stream(at),
        await _outbox(at),
    ]
    return Inside(checks, at.store.service_id, at.store.stream_epoch, at.service is not None)


async def _clock(at: Workplace) -> Check:
    inspection, now = at.store.inspection(), at.clock()
    theirs = await inspection.now()
    if theirs is not None and abs(theirs - now) > clock_ms_max:
        return Check.wrong(
            "clock",
            f"this host and the database are {abs(theirs - now) / 1_000:.1f} s apart. Synchronise both (NTP).",
        )
    ahead = await inspection.newest() - now
    if ahead > ahead_ms_max:
        return Check.wrong(
            "clock",
            f"the newest event is {ahead / 1_000:.0f} s in the future: this clock went back. Synchronise it (NTP); "
            "until then new events bear the time of that one.",
        )
    return Check.ok("clock", "agrees with the database")


async def _ring(at: Workplace) -> Check:
    in_use = await at.store.resealing().key_in_use()
    old = sorted(set(at.store.ring.keys) - {in_use, following(in_use)})
    if old:
        return Check.note(
            "key ring", f"key {in_use} is in use; a rotation from {old} was not ended. Run `pli keys rotate` to end it."
        )
    return Check.ok("key ring", f"belongs to this database; key {in_use} is in use")


async def _stamps(at: Workplace) -> Check:
    try:
        public = SigningKey(keys.load(at.settings.data_dir).stamp_seed).public
    except KeyFileError:
        return Check.note("stamp key", "not compared with the stamps: see key files")
    heads = await at.store.inspection().stamped(draw(at.entropy, 16), _HEADS)
    try:
        for head in heads:
            verify_proof(head.proof, public, head.thread, head.seq, head.head)
    except BadStamp:
        return Check.wrong(
            "stamp key",
            "stored events were stamped by another key, and every client that pinned it refuses new ones. Restore "
            f"{at.settings.data_dir / 'stamp.key'} from the backup, and restart.",
        )
    return Check.ok("stamp key", f"made the stamps of {len(heads)} conversations" if heads else "nothing stamped yet")


async def _audit(at: Workplace) -> Check:
    """Whether this host signs the moderators' audit log with the key that signed it last."""
    name = "audit key"
    try:
        public = SigningKey(keys.load(at.settings.data_dir).audit_seed).public
    except KeyFileError:
        return Check.note(name, "not compared with the audit log: see key files")
    newest = await at.read(lambda tx: tx.audit.checkpoint())
    if newest is None:
        return Check.ok(name, "nothing signed yet")
    size, note = newest
    try:
        open_head(note, origin_of(at.store.service_id), public)
    except E2EEError:
        return Check.wrong(
            name,
            f"the audit log's newest checkpoint ({size} entries) is not signed by it. Restore "
            f"{at.settings.data_dir / 'audit.key'} from the backup, or copy it from the other hosts; then restart.",
        )
    return Check.ok(name, f"signed the newest checkpoint, of {size} entries")


async def _moderation(at: Workplace) -> Check:
    """Whether what is reported can be sealed, and to whom it should be."""
    name, root = "moderation key", at.settings.moderation_root
    if root is None:
        return Check.ok(name, "nobody can report: PLI_MODERATION_ROOT is not set")
    uses = await LIST.work(at, Nothing())
    in_use = [key for key in uses.keys if key.state == "in use"]
    if not in_use:
        return Check.wrong(name, "no certificate holds: nobody can report. See `pli keys moderation list`.")
    if uses.behind:
        return Check.wrong(
            name,
            f"reports are sealed to generation {in_use[0].g}, and a seat was removed since. Certify generation "
            f"{max(uses.behind)}, and install that (`pli keys moderation`).",
        )
    left_days = (in_use[0].not_after - at.clock()) // 86_400_000
    if left_days < certificate_days_min:
        return Check.wrong(name, f"its certificate ends in {left_days} days. Make the next one, and install it.")
    return Check.ok(name, f"generation {in_use[0].g}, certified for {left_days} days more")


def _stream(at: Workplace) -> Check:
    if at.store.restored:
        return Check.note(
            "stream epoch", f"{at.store.stream_epoch}: the database was restored from a backup; clients compare all"
        )
    return Check.ok("stream epoch", str(at.store.stream_epoch))


async def _outbox(at: Workplace) -> Check:
    waiting = await at.store.inspection().waiting()
    late = at.clock() - waiting.since if waiting.events else 0
    if late <= outbox_ms_max:
        return Check.ok("outbox", f"{waiting.events} relation events wait")
    if at.settings.embedded and at.service is None:
        return Check.note("outbox", f"{waiting.events} relation events wait for the service to run")
    cause = "Look into its log" if at.settings.embedded else "Is `pli worker` running? Look into its log"
    where = at.settings.event_log if at.settings.event_stream is None else "the Redis of PLI_EVENT_STREAM"
    return Check.wrong(
        "outbox",
        f"{waiting.events} relation events wait, the oldest for {late / 60_000:.0f} min. {cause}; can it write to "
        f"{where}?",
    )


INSIDE: Final = Operation("doctor.inside", Nothing, Inside, _examine)

OPERATIONS: Final = (INSIDE,)
