"""The operations of the vectors on reports: the moderation key, statements, excerpts, unmasking, and the audit log."""

from dataclasses import asdict
from typing import Any

from messaging.e2ee import audit, excerpt, moderation_key, report, tree_head, unmasking
from messaging.e2ee.content import Text
from messaging.e2ee.excerpt import Excerpt, ExcerptEntry
from messaging.e2ee.excerpt_verifier import Line, Pins, verify_excerpt
from messaging.e2ee.pseudonym import PublicPseudonym
from messaging.e2ee.report import SignedStatement, StatementKind
from messaging.e2ee.suite import KemKey
from messaging.e2ee.tree_head import TreeHead
from messaging.e2ee.vault import Checkpoint
from messaging.e2ee.verified_log import LogEvent, PlatformKey
from tests.e2ee.case import Input, Output, operation


@operation
def open_certificate(given: Input) -> Output:
    seen = Checkpoint(given.number("seen_g"), given.raw("seen_hash")) if given.has("seen_g") else None
    certificate, root, now = given.raw("certificate"), given.raw("root"), given.number("now")
    return moderation_key.open_certificate(certificate, root, now=now, seen=seen)._asdict()


@operation
def moderation_root_id(given: Input) -> Output:
    return {"id": moderation_key.root_id(given.raw("root"))}


@operation
def open_statement(given: Input) -> Output:
    opened = report.open_statement(
        given.raw("sealed"),
        StatementKind(given.text("kind")),
        kem=KemKey(given.raw("kem_seed")),
        service=given.raw("service"),
        thread=given.raw("thread"),
        subject=given.raw("subject"),
    )
    return {**_said(opened), "body": opened.body}


def _said(signed: SignedStatement) -> Output:
    said = asdict(signed.statement)
    for name in ("kind", "thread", "subject"):
        del said[name]
    return {**said, "openings": [each._asdict() for each in signed.statement.openings], "signature": signed.signature}


@operation
def parse_excerpt(given: Input) -> Output:
    parsed = excerpt.parse_excerpt(given.raw("excerpt"))
    assert excerpt.encode_excerpt(parsed) == given.raw("excerpt")
    return {
        "service": parsed.service,
        "thread": parsed.thread,
        "entries": [entry.event.seq for entry in parsed.entries],
        "head": parsed.head,
        "events": [event.seq for event in parsed.events],
        "kind": parsed.signed.statement.kind.value,
        "subject": parsed.signed.statement.subject,
    }


def _event(given: Input) -> LogEvent:
    seq, time, kind, party = (given.number("seq"), given.number("time"), given.text("kind"), given.number("party"))
    return LogEvent(seq, time, kind, party, given.raw("payload"), given.raw("proof"))


def excerpt_of(given: Input) -> Excerpt:
    """An excerpt as a case has it: its parts by name."""
    kind = StatementKind(given.text("kind"))
    entries = (ExcerptEntry(each.raw("head"), _event(each)) for each in given.inputs("entries"))
    return Excerpt(
        given.raw("service"),
        given.raw("thread"),
        tuple(entries),
        given.raw("head"),
        tuple(_event(each) for each in given.inputs("events")),
        report.parse_body(given.raw("body"), kind, given.raw("thread"), given.raw("subject")),
    )


@operation
def show_excerpt(given: Input) -> Output:
    shown = verify_excerpt(excerpt_of(given), _pins(given))
    return {
        "author": shown.author_sign_pk,
        "lines": [_line(line) for line in shown.lines],
        "pseudonyms": [each.sign for each in shown.pseudonyms],
    }


def _pins(given: Input) -> Pins:
    platform = PlatformKey(given.raw("platform_key"), given.text("audience")) if given.has("platform_key") else None
    return Pins(given.raw("pinned_service"), given.raw("stamp_public"), platform)


def _line(line: Line) -> dict[str, Any]:
    said = line.content
    shown = "" if said is None else said.text if isinstance(said, Text) else said.label
    return {
        "seq": line.seq,
        "time": line.time,
        "kind": line.kind,
        "party": line.party,
        "state": line.state.value,
        "message_kind": line.message_kind,
        "shown": shown or line.refusal,
    }


@operation
def verify_unmasking(given: Input) -> Output:
    pseudonym = PublicPseudonym(given.raw("pk_sign"), given.raw("pk_kem"))
    return unmasking.verify_unmasking(
        given.raws("records"), given.raw("mailbox"), pseudonym, given.raw("own")
    )._asdict()


@operation
def parse_audit_leaf(given: Input) -> Output:
    return audit.parse_leaf(given.raw("leaf"))._asdict()


@operation
def open_tree_head(given: Input) -> Output:
    head = tree_head.open_head(given.text("note"), given.text("origin"), given.raw("public"))
    return {"size": head.size, "root": head.root}


@operation
def audit_key(given: Input) -> Output:
    origin = tree_head.origin_of(given.raw("service"))
    return {"origin": origin, "key": tree_head.verifier_key(origin, given.raw("public"))}


@operation
def verify_inclusion(given: Input) -> Output:
    head = TreeHead("", given.number("size"), given.raw("root"))
    leaf = audit.verify_inclusion(given.raw("leaf"), given.number("index"), given.raw("path"), head)
    return {"time": leaf.time, "kind": leaf.kind}


@operation
def verify_consistency(given: Input) -> Output:
    earlier = TreeHead("", given.number("size"), given.raw("root"))
    audit.verify_consistency(
        earlier, TreeHead("", given.number("later_size"), given.raw("later_root")), given.raw("proof")
    )
    return {}
