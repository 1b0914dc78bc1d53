"""The operations of the vectors on third parties: their grant, their keys, and logs in which they come and go."""

from functools import partial

from messaging.e2ee import epoch, message, third
from messaging.e2ee.errors import E2EEError
from messaging.e2ee.pseudonym import PublicPseudonym
from messaging.e2ee.roster import record_words
from messaging.e2ee.suite import KemKey
from messaging.e2ee.thread_log import ThreadChain
from messaging.e2ee.verified_log import LogEvent
from tests.e2ee.case import Input, Output, operation
from tests.e2ee.operations_shown import read_notice
from tests.e2ee.operations_thread import log_events


@operation
def open_invited(given: Input) -> Output:
    record = epoch.parse_signed(given.raw("signed")).record
    opened = third.open_invited(given.raw("payload"), record, given.number("party"))
    return {
        "id": opened.id,
        "target": opened.target,
        "sign_public": opened.keys.sign,
        "kem_public": opened.keys.kem,
        "history": opened.history,
        **opened.shown._asdict(),
    }


@operation
def open_joined(given: Input) -> Output:
    record = epoch.parse_signed(given.raw("signed")).record
    joining, joined = third.open_joined(given.raw("payload"), record, given.number("party"))
    return {"id": joining.id, "third": joined.id, "words": list(record_words(joined.words_hash))}


@operation
def open_share(given: Input) -> Output:
    record = epoch.parse_signed(given.raw("signed")).record
    secret = third.open_share(given.raw("share"), given.raw("third"), record, KemKey(given.raw("kem_seed")))
    return {"epoch_secret": secret}


@operation
def show_third_log(given: Input) -> Output:
    """Reads a log in which third parties come and go, as a side or as a third party."""
    withheld = given.has("withheld") and bool(given.value("withheld"))
    log = ThreadChain(
        service=given.raw("service"),
        thread=given.raw("thread"),
        stamp_public=given.raw("stamp_public"),
        withheld=withheld,
    )
    if given.has("entry_seq"):
        own = PublicPseudonym(given.raw("own_sign"), given.raw("own_kem"))
        entry = third.Entry(given.number("entry_seq"), given.raw("entry_head"), given.raw("entry_record"))
        log.enter(entry, own)
    secrets = given.raws("epoch_secrets")
    shown: list[Output] = []
    for events in given.value("ranges"):
        read = list(log_events(events, given))
        log.verify_range(read)
        for event in read:
            shown += _shown(log, event, secrets, withheld=withheld)
    in_now = log.third
    return {"shown": shown, "third": b"" if in_now is None else in_now.id, "exposed": log.is_exposed}


def _shown(log: ThreadChain, event: LogEvent, secrets: list[bytes], *, withheld: bool) -> list[Output]:
    readers = {
        "message": partial(_read_message, log, event, secrets),
        "left": partial(read_notice, log, event),
        "invited": partial(_read_invited, log, event),
        "joined": partial(_read_joined, log, event),
    } | ({"released": partial(_read_withheld, log, event)} if withheld else {})
    reader = readers.get(event.kind)
    if reader is None:
        return []
    try:
        return [{"seq": event.seq, "content": reader()}]
    except E2EEError as refusal:
        return [{"seq": event.seq, "refused": type(refusal).__name__}]


def _read_message(log: ThreadChain, event: LogEvent, secrets: list[bytes]) -> bytes:
    place = log.check_message(event)
    author = log.author_at(event.seq, event.party)
    opened = message.open_message(event.payload, secrets[place.epoch], author, place)
    log.check_seen(event.seq, opened.seen_seq, opened.seen_head)
    log.take_message(event)
    return opened.content


def _read_invited(log: ThreadChain, event: LogEvent) -> bytes:
    invitation = log.check_invited(event)
    log.take_id(event.seq, event.party, invitation.id)
    return invitation.id


def _read_joined(log: ThreadChain, event: LogEvent) -> bytes:
    joining, _ = log.check_joined(event)
    log.take_id(event.seq, event.party, joining.id)
    return joining.id


def _read_withheld(log: ThreadChain, event: LogEvent) -> bytes:
    log.check_withheld(event)
    return third.withheld_digest(event.payload)
