"""The operations of the vectors that say what of a log is shown."""

from collections.abc import Callable
from functools import partial

from messaging.e2ee import card, notice
from messaging.e2ee.errors import BadCard, BadRecord, E2EEError, SwappedPrekey
from messaging.e2ee.release import ReleasedCard
from messaging.e2ee.thread_log import ThreadChain
from messaging.e2ee.verified_log import LogEvent
from tests.e2ee.case import Input, Output, operation
from tests.e2ee.operations_thread import log_events, read_message


@operation
def show_log(given: Input) -> Output:
    """Reads a log as `read_log` does, and says of each message, card and notice what is shown, or which refusal."""
    log = ThreadChain(service=given.raw("service"), thread=given.raw("thread"), stamp_public=given.raw("stamp_public"))
    secrets = given.raws("epoch_secrets")
    read = [event for events in given.value("ranges") for event in log_events(events, given)]
    log.verify_range(read)
    shown: list[Output] = []
    for event in read:
        if event.kind == "message":
            shown.append(_shown(event.seq, partial(read_message, log, event, secrets)))
        elif event.kind in notice.KINDS:
            shown.append(_shown(event.seq, partial(read_notice, log, event)))
        elif event.kind == "released":
            shown += [
                _shown(event.seq, partial(_read_card, log, event.seq, each, secrets))
                for each in log.check_release(event)
            ]
    return {"shown": shown}


@operation
def show_exchange(given: Input) -> Output:
    """Reads a log as `read_log` does, and says of each released card whether a client shows it, or which refusal."""
    log = ThreadChain(service=given.raw("service"), thread=given.raw("thread"), stamp_public=given.raw("stamp_public"))
    secrets = given.raws("epoch_secrets")
    read = [event for events in given.value("ranges") for event in log_events(events, given)]
    log.verify_range(read)
    released = [event for event in read if event.kind == "released"]
    return {"shown": [shown for event in released for shown in _exchanged(log, event, secrets)]}


def _exchanged(log: ThreadChain, event: LogEvent, secrets: list[bytes]) -> list[Output]:
    """The cards of one release. An empty secret is one that is no longer kept: its cards count, and are not shown."""
    items, sides = log.check_release(event), set[int]()
    opened = [_shown(event.seq, partial(_open_card_of, log, event.seq, item, secrets, sides)) for item in items]
    swapped = _refused(event.seq, SwappedPrekey())
    if swapped in opened:
        return [swapped for _ in opened]
    try:
        log.check_exchange(sides)
    except BadCard as broken:
        return [each if "refused" in each else _refused(event.seq, broken) for each in opened]
    return [
        each if "refused" in each else _shown(event.seq, partial(_taken, log, event.seq, item))
        for each, item in zip(opened, items, strict=True)
    ]


def _open_card_of(log: ThreadChain, seq: int, item: ReleasedCard, secrets: list[bytes], sides: set[int]) -> bytes:
    if not secrets[log.card_place(item).epoch]:
        sides.add(item.party)
        raise BadRecord("the key of this epoch is no longer kept")
    opened = _opened_card(log, item, secrets)
    sides.add(item.party)
    log.check_seen(seq, opened.message.seen_seq, opened.message.seen_head)
    return item.card


def _taken(log: ThreadChain, seq: int, item: ReleasedCard) -> bytes:
    log.take_card(seq, item)
    return item.card


def _shown(seq: int, read: Callable[[], bytes]) -> Output:
    try:
        return {"seq": seq, "content": read()}
    except E2EEError as refusal:
        return _refused(seq, refusal)


def _refused(seq: int, refusal: E2EEError) -> Output:
    return {"seq": seq, "refused": type(refusal).__name__}


def read_notice(log: ThreadChain, event: LogEvent) -> bytes:
    opened = log.check_notice(event)
    log.check_seen(event.seq, opened.seen_seq, opened.seen_head)
    log.take_notice(event.seq, opened)
    return opened.id


def _read_card(log: ThreadChain, seq: int, released: ReleasedCard, secrets: list[bytes]) -> bytes:
    opened = _opened_card(log, released, secrets)
    log.check_seen(seq, opened.message.seen_seq, opened.message.seen_head)
    return _taken(log, seq, released)


def _opened_card(log: ThreadChain, released: ReleasedCard, secrets: list[bytes]) -> card.OpenedCard:
    place = log.card_place(released)
    return card.open_card(
        released.payload,
        released.s_server,
        card=released.card,
        place=place,
        record_0=log.records[0].hash,
        epoch_secret=secrets[place.epoch],
        author_sign_pk=log.records[place.epoch].parties[released.party].sign,
    )
