"""The operations of the vectors on epochs, messages, logs, stamps, cards and consents."""

from dataclasses import asdict
from typing import Any

from messaging.e2ee import (
    attestation,
    card,
    chain,
    consent,
    content,
    desk,
    epoch,
    message,
    notice,
    reset,
    restored,
    stamp,
)
from messaging.e2ee.message import Place
from messaging.e2ee.pseudonym import PublicPseudonym
from messaging.e2ee.release import parse_released
from messaging.e2ee.suite import KemKey
from messaging.e2ee.thread_log import ThreadChain
from messaging.e2ee.vault import Checkpoint
from messaging.e2ee.verified_log import LogEvent, PlatformKey
from tests.e2ee.case import Input, Output, operation


def _party(given: Input, name: str) -> PublicPseudonym | None:
    if not given.has(f"{name}_sign"):
        return None
    return PublicPseudonym(given.raw(f"{name}_sign"), given.raw(f"{name}_kem"))


@operation
def verify_first_record(given: Input) -> Output:
    record = epoch.verify_first(
        given.raw("signed"),
        thread=given.raw("thread"),
        head_0=given.raw("head_0"),
        initiator=_party(given, "initiator"),
        recipient=_party(given, "recipient"),
    )
    return {"record_hash": record.hash, "kc": record.kc}


@operation
def verify_rotation_record(given: Input) -> Output:
    previous = epoch.parse_signed(given.raw("previous")).record
    attested = given.has("reset") and bool(given.value("reset"))
    record = epoch.verify_rotation(previous, given.raw("signed"), party=given.number("party"), reset=attested)
    return {"record_hash": record.hash, "kc": record.kc}


@operation
def open_epoch(given: Input) -> Output:
    record = epoch.parse_signed(given.raw("signed")).record
    wraps = (given.raw("wrap_0"), given.raw("wrap_1"))
    return {"epoch_secret": epoch.open_epoch(record, wraps, given.number("party"), KemKey(given.raw("kem_seed")))}


@operation
def parse_payload(given: Input) -> Output:
    return message.parse_payload(given.raw("payload"))._asdict()


def _place(given: Input) -> Place:
    return Place(given.raw("thread"), given.number("epoch"), given.raw("record_hash"), given.number("party"))


@operation
def open_message(given: Input) -> Output:
    opened = message.open_message(
        given.raw("payload"), given.raw("epoch_secret"), given.raw("author_sign_pk"), _place(given)
    )
    return asdict(opened)


@operation
def open_notice(given: Input) -> Output:
    place = Place(given.raw("thread"), 0, given.raw("record_hash"), given.number("party"))
    opened = notice.open_notice(given.raw("payload"), given.text("kind"), given.raw("author_sign_pk"), place)
    return {
        "id": opened.id,
        "seen_seq": opened.seen_seq,
        "seen_head": opened.seen_head,
        "reason": opened.reason or opened.step or "",
    }


@operation
def open_seat_tag(given: Input) -> Output:
    seat, head = message.open_seat_tag(given.raw("seed"), given.raw("header"), given.raw("salt"), given.raw("tag"))
    return {"seat": seat, "roster_head": head}


@operation
def decode_content(given: Input) -> Output:
    decoded = content.decode_content(given.raw("content"))
    return {"kind": type(decoded).__name__, **asdict(decoded)}


@operation
def decode_desk_content(given: Input) -> Output:
    decoded = desk.decode_desk(given.raw("content"))
    return {"kind": type(decoded).__name__, **asdict(decoded)}


@operation
def chain_step(given: Input) -> Output:
    hashed = chain.digest(given.text("kind"), given.number("party"), given.raw("payload"))
    head = chain.next_head(
        given.raw("head"), given.number("seq"), given.number("time"), given.text("kind"), given.number("party"), hashed
    )
    return {"digest": hashed, "head": head}


@operation
def empty_head(given: Input) -> Output:
    return {"head": chain.head0(given.raw("service"), given.raw("thread"))}


@operation
def verify_stamp(given: Input) -> Output:
    stamp.verify_proof(
        given.raw("proof"), given.raw("public"), given.raw("thread"), given.number("seq"), given.raw("head")
    )
    return {}


@operation
def merkle_tree(given: Input) -> Output:
    leaves = given.raws("leaf_hashes")
    return {"root": stamp.merkle_root(leaves), "paths": stamp.merkle_paths(leaves)}


@operation
def read_log(given: Input) -> Output:
    """Reads a thread as a client does: verifies each range, then opens what it holds with the epoch secrets.

    `ranges` is a list of lists of events; `end_seq`, where given, is how far the server says that the log goes.
    """
    log = ThreadChain(
        service=given.raw("service"),
        thread=given.raw("thread"),
        stamp_public=given.raw("stamp_public"),
        checkpoint=_checkpoint(given),
        platform=_platform(given),
        restores_seen=given.raws("restores_seen") if given.has("restores_seen") else (),
    )
    secrets = given.raws("epoch_secrets")
    contents: list[bytes] = []
    for events in given.value("ranges"):
        read = log_events(events, given)
        log.verify_range(read)
        contents += [read_message(log, event, secrets) for event in read if event.kind == "message"]
    if given.has("end_seq"):
        log.check_end(given.number("end_seq"))
    return {"seq": log.seq, "head": log.head, "contents": contents}


def _platform(given: Input) -> PlatformKey | None:
    return PlatformKey(given.raw("platform_key"), given.text("audience")) if given.has("platform_key") else None


@operation
def verify_reset(given: Input) -> Output:
    record = epoch.parse_signed(given.raw("signed")).record
    party = reset.verify_reset(
        given.raw("payload"),
        record=record,
        platform_key=given.raw("platform_key"),
        audience=given.text("audience"),
    )
    return {"party": party}


@operation
def parse_restored(given: Input) -> Output:
    return restored.parse_restored(given.raw("payload"))._asdict()


def _checkpoint(given: Input) -> Checkpoint | None:
    if not given.has("checkpoint_seq"):
        return None
    return Checkpoint(given.number("checkpoint_seq"), given.raw("checkpoint_head"))


def _log_event(given: Input) -> LogEvent:
    return LogEvent(
        given.number("seq"),
        given.number("time"),
        given.text("kind"),
        given.number("party"),
        given.raw("payload"),
        given.raw("proof"),
    )


def log_events(events: Any, given: Input) -> list[LogEvent]:
    """One range of a log."""
    return [_log_event(event) for event in Input({"events": events}, given.shared).inputs("events")]


def read_message(log: ThreadChain, event: LogEvent, secrets: list[bytes]) -> bytes:
    place = log.check_message(event)
    author = log.records[place.epoch].parties[event.party].sign
    opened = message.open_message(event.payload, secrets[place.epoch], author, place)
    log.check_seen(event.seq, opened.seen_seq, opened.seen_head)
    log.take_message(event)
    return opened.content


@operation
def open_card(given: Input) -> Output:
    opened = card.open_card(
        given.raw("payload"),
        given.raw("s_server"),
        card=given.raw("card"),
        place=_place(given),
        record_0=given.raw("record_0"),
        epoch_secret=given.raw("epoch_secret"),
        author_sign_pk=given.raw("author_sign_pk"),
    )
    return {
        "fields": dict(opened.fields),
        "identity": opened.identity_public,
        "attestation": opened.attestation or "",
    }


@operation
def verify_attestation(given: Input) -> Output:
    claims: Any = attestation.verify_attestation(
        given.text("jwt"),
        given.raw("platform_key"),
        given.text("audience"),
        given.number("now_s"),
        given.raw("identity"),
    )
    return {"claims": claims}


@operation
def parse_release(given: Input) -> Output:
    return {"cards": [each._asdict() for each in parse_released(given.raw("payload"))]}


@operation
def verify_consent(given: Input) -> Output:
    accepted = consent.verify_consent(
        given.raw("statement"),
        given.raw("signature"),
        given.raw("seat_sign_pk"),
        thread=given.raw("thread"),
        record_0=given.raw("record_0"),
        party=given.number("party"),
        payload=given.raw("payload"),
        s_server=given.raw("s_server"),
        withdrawn=given.raws("withdrawn"),
    )
    return {"card": accepted.card, "bits": accepted.bits, "channel": accepted.channel, "time": accepted.time}


@operation
def verify_withdrawal(given: Input) -> Output:
    time = consent.verify_withdrawal(
        given.raw("statement"), given.raw("signature"), given.raw("seat_sign_pk"), given.raw("consent")
    )
    return {"time": time}
