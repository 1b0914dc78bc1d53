"""Vectors of SPEC.md sections 10.1 to 10.3 and 10.5: the moderation key, sealed reports and answers, unmasking."""

from dataclasses import replace
from typing import Any

from messaging.e2ee import report, roster
from messaging.e2ee.encoding import frame, pad, padme, u8, u32, u64
from messaging.e2ee.mailbox import identity
from messaging.e2ee.moderation_key import ModerationKey, certify
from messaging.e2ee.pseudonym import own_signature
from messaging.e2ee.report import Opening, SignedStatement, Statement, StatementKind
from messaging.e2ee.suite import KemKey, SigningKey, kdf, sha256
from tests.e2ee.making.captures import Captures
from tests.e2ee.making.group import Group, Text
from tests.e2ee.making.group_mailbox import village_roster
from tests.e2ee.making.points import IDENTITY, encode
from tests.e2ee.making.stream import fixed, flipped
from tests.e2ee.making.world import DOCTOR, OTHER_THREAD, SERVICE, START_MS, THREAD, VILLAGE

ROOT = SigningKey(fixed("moderation root"))
MODERATION = fixed("mailbox moderation", 16)
SEED = fixed("mailbox seed moderation")
REPORT = fixed("report", 16)
CASE = fixed("case", 16)
DAY_MS = 86_400_000


def kem_seed(g: int = 0) -> bytes:
    return kdf(SEED, "pli1/identity", MODERATION, u32(g), b"kem")


KEY = KemKey(kem_seed())
NEXT = KemKey(kem_seed(1))


def statement(**change: Any) -> Statement:
    """A report of the village's: two opening keys made up."""
    openings = (Opening(3, fixed("k_enc 3"), fixed("k_f 3")), Opening(5, fixed("k_enc 5"), fixed("k_f 5")))
    said = Statement(
        StatementKind.REPORT, REPORT, THREAD, 1, 1, "payment", "Il demande un virement.", 3, 6, fixed("head"), openings
    )
    return replace(said, **change)


def signed_by_hand(said: Statement, signing: SigningKey) -> SignedStatement:
    """Signs what `sign_statement` would refuse; the fields are what they are."""
    return SignedStatement(said, signing.sign(report._to_sign(said)))


def moderations(captures: Captures) -> Group:
    group = Group("moderation", "Reports: the moderation key, sealed reports and answers, unmasking", "10.1 to 10.5")
    _certificates(group)
    _statements(group, captures)
    _unmaskings(group)
    return group


def _certificates(group: Group) -> None:
    key = ModerationKey(KEY.public, 0, START_MS, START_MS + 180 * DAY_MS)
    good: dict[str, Any] = {"certificate": certify(key, ROOT), "root": ROOT.public, "now": START_MS + DAY_MS}
    group.share(certificate=good["certificate"], kem=KEY.public, next_kem=NEXT.public)
    group.accept("the id of a root in vaults", "moderation_root_id", root=ROOT.public)
    group.accept("a certificate", "open_certificate", **good)
    group.accept("at its first moment, on a clock that is behind", "open_certificate", **good | {
        "now": START_MS - 300_000,
    })  # fmt: skip
    group.accept("a ms before its end", "open_certificate", **good | {"now": key.not_after - 1})
    group.accept("the one that was seen", "open_certificate", **good | {"seen_g": 0, "seen_hash": sha256(KEY.public)})
    following = {"certificate": certify(key._replace(kem=NEXT.public, g=1), ROOT)}
    group.accept("of the next generation", "open_certificate", **good | following | {
        "seen_g": 0, "seen_hash": sha256(KEY.public),
    })  # fmt: skip
    longest = certify(key._replace(not_after=START_MS + 400 * DAY_MS), ROOT)
    group.accept("of 400 days", "open_certificate", **good | {"certificate": longest})

    def made(signing: SigningKey = ROOT, kem: bytes = KEY.public, g: int = 0, **times: int) -> dict[str, bytes]:
        fields = kem, u32(g), u64(times.get("not_before", key.not_before)), u64(times.get("not_after", key.not_after))
        return {"certificate": frame("pli1/modkey-cert", *fields, signing.sign(frame("pli1/modkey", *fields)))}

    group.reject_each("BadSignature", "open_certificate", good, {
        "unsigned": {"certificate": good["certificate"][:-64] + bytes(64)},
        "signed by another root": made(SigningKey(fixed("another root"))),
        "signed by its own service": {"root": SigningKey(fixed("stamp key")).public},
        "its key changed": {"certificate": good["certificate"].replace(KEY.public, NEXT.public)},
        "its end put off": {"certificate": good["certificate"].replace(u64(key.not_after), u64(key.not_after + 1))},
        "under a root of small order": {"root": encode(IDENTITY)},
    })  # fmt: skip
    group.reject_each("BadModerationKey", "open_certificate", good, {
        "stale: a newer one was seen": {"seen_g": 1, "seen_hash": sha256(NEXT.public)},
        "stale: expired": {"now": key.not_after},
        "another key of the generation that was seen": {"seen_g": 0, "seen_hash": sha256(NEXT.public)},
        "before its time": {"now": START_MS - 300_001},
        "of more than 400 days": made(not_after=START_MS + 400 * DAY_MS + 1),
        "that ends when it begins": made(not_after=START_MS),
        "that ends before it begins": made(not_before=START_MS + 1, not_after=START_MS),
    })  # fmt: skip
    group.reject_each("BadKey", "open_certificate", good, {
        "of a key whose X25519 part is zero": made(kem=KEY.public[:1184] + bytes(32)),
        "of a key with a coefficient of q": made(kem=(3329).to_bytes(2, "little") + KEY.public[2:]),
    })  # fmt: skip
    fields = KEY.public, u32(0), u64(START_MS), u64(key.not_after)
    group.reject_each("BadEncoding", "open_certificate", good, {
        "a key of 1215 bytes": made(kem=KEY.public[:-1]),
        "a trailing byte": {"certificate": good["certificate"] + b"\0"},
        "no signature": {"certificate": frame("pli1/modkey-cert", *fields, b"")},
        "the signed frame alone": {"certificate": frame("pli1/modkey", *fields)},
    })  # fmt: skip


def _given(sealed: bytes, kind: str = "report", subject: bytes = REPORT) -> dict[str, Any]:
    return {
        "sealed": sealed, "kind": Text(kind), "kem_seed": kem_seed(), "service": SERVICE, "thread": THREAD,
        "subject": subject,
    }  # fmt: skip


def _statements(group: Group, captures: Captures) -> None:
    signing = VILLAGE.pseudonym(1).sign
    info = frame("pli1/report", SERVICE, THREAD, REPORT, sha256(KEY.public))

    def sealed(said: Statement) -> bytes:
        return report.seal_statement(report.sign_statement(said, signing), service=SERVICE, kem=KEY.public)

    good = _given(sealed(statement()))
    group.share(sealed=good["sealed"])
    group.accept("a report", "open_statement", **good)
    long = statement(text="Il insiste. " * 680, category="other")
    group.accept("a report with many words", "open_statement", **good | {"sealed": sealed(long)})
    most = tuple(Opening(seq, fixed(f"k_enc {seq}"), fixed(f"k_f {seq}")) for seq in range(3, 67))
    group.accept("64 openings in 256 events", "open_statement", **good | {
        "sealed": sealed(statement(openings=most, last=258, text="", party=2)),
    })  # fmt: skip
    answer = statement(kind=StatementKind.ANSWER, subject=CASE, category="", party=0)
    answered = _given(sealed(answer), "answer", CASE)
    group.accept("an answer that opens more", "open_statement", **answered)
    words = replace(answer, first=0, last=0, head=bytes(32), openings=())
    group.accept("an answer of words only", "open_statement", **answered | {"sealed": sealed(words)})
    group.reject_each("BadSeal", "open_statement", good, {
        "opened with the next generation's key": {"kem_seed": kem_seed(1)},
        "opened for another service": {"service": fixed("another service", 16)},
        "opened for another thread": {"thread": OTHER_THREAD},
        "opened for another report": {"subject": CASE},
        "opened as an answer": {"kind": Text("answer")},
        "altered": {"sealed": flipped(good["sealed"])},
        "cut": {"sealed": good["sealed"][:1000]},
    })  # fmt: skip
    group.reject("an answer opened as a report", "BadSeal", "open_statement", **answered | {"kind": Text("report")})

    def raw(body: bytes, size: int | None = None, fill: bytes = b"") -> dict[str, bytes]:
        padded = pad(body, max(4096, padme(len(body))) if size is None else size)
        return {"sealed": captures.seal(KEY.public, (padded[: -len(fill)] + fill) if fill else padded, info)}

    def by_hand(**change: Any) -> dict[str, bytes]:
        return raw(signed_by_hand(statement(**change), signing).body)

    body = signed_by_hand(statement(), signing).body
    group.accept("sealed by hand, all right", "open_statement", **good | raw(body))
    group.reject_each("BadPadding", "open_statement", good, {
        "not padded": raw(body, len(body)),
        "padded to 4095": raw(body, 4095),
        "padded to 8192": raw(body, 8192),
        "padding not zero": raw(body, fill=b"\1"),
    })  # fmt: skip
    two = statement().openings
    many = tuple(Opening(seq, bytes(32), bytes(32)) for seq in range(3, 68))
    group.reject_each("BadReport", "open_statement", good, {
        "no category": by_hand(category=""),
        "by the service": by_hand(party=255),
        "by a fourth party": by_hand(party=3),
        "words of 8,193 bytes": by_hand(text="a" * 8193),
        "from seq 0": by_hand(first=0),
        "without a range": by_hand(first=0, last=0, openings=(), head=bytes(32)),
        "cut range: the last before the first": by_hand(first=7),
        "a range of 257 events": by_hand(last=259),
        "a seq beyond 2^53": by_hand(first=2**53, last=2**53, openings=(Opening(2**53, *two[0][1:]),)),
        "nothing opened": by_hand(openings=()),
        "65 openings": by_hand(openings=many, last=100),
        "openings in another order": by_hand(openings=two[::-1]),
        "a message opened twice": by_hand(openings=(two[0], two[0])),
        "opened before the range": by_hand(openings=(Opening(2, *two[0][1:]),)),
        "opened behind the range": by_hand(openings=(Opening(7, *two[0][1:]),)),
    })  # fmt: skip
    to_answer = _answers(captures, signing)
    group.reject_each("BadReport", "open_statement", answered, {
        "an answer with a category": to_answer(replace(answer, category="other")),
        "an answer of words only that opens": to_answer(replace(words, openings=two)),
        "an answer of words only with a head": to_answer(replace(words, head=fixed("head"))),
        "an answer whose range ends at 0": to_answer(replace(words, first=1)),
    })  # fmt: skip
    _bad_bodies(group, good, signing, raw)


def _answers(captures: Captures, signing: SigningKey) -> Any:
    info = frame("pli1/answer", SERVICE, THREAD, CASE, sha256(KEY.public))

    def sealed(said: Statement) -> dict[str, bytes]:
        return {"sealed": captures.seal(KEY.public, pad(signed_by_hand(said, signing).body, 4096), info)}

    return sealed


def _bad_bodies(group: Group, good: dict[str, Any], signing: SigningKey, raw: Any) -> None:
    opening = frame("pli1/opening", u64(3), fixed("k_enc 3"), fixed("k_f 3"))
    fields = {
        "party": u8(1), "epoch": u32(1), "category": b"payment", "text": b"", "first": u64(3), "last": u64(6),
        "head": fixed("head"), "openings": frame("pli1/openings", opening), "sig": bytes(64),
    }  # fmt: skip

    def body(label: str = "pli1/report-body", **change: bytes) -> dict[str, bytes]:
        sealed: dict[str, bytes] = raw(frame(label, *(fields | change).values()))
        return sealed

    def keys(k_enc: bytes, k_f: bytes) -> dict[str, bytes]:
        return body(openings=frame("pli1/openings", frame("pli1/opening", u64(3), k_enc, k_f)))

    group.reject_each("BadEncoding", "open_statement", good, {
        "an answer's body in a report": body("pli1/answer-body"),
        "a party of 2 bytes": body(party=bytes(2)),
        "a category in capitals": body(category=b"Payment"),
        "words that are not UTF-8": body(text=b"\xff"),
        "a head of 31 bytes": body(head=bytes(31)),
        "a signature of 63 bytes": body(sig=bytes(63)),
        "openings of another label": body(openings=frame("pli1/keys", opening)),
        "an epoch key in the place of an opening": body(
            openings=frame("pli1/openings", frame("pli1/epoch-key", u64(3), fixed("E_1")))
        ),
        "31-byte k_enc": keys(bytes(31), bytes(32)),
        "33-byte k_f": keys(bytes(32), bytes(33)),
    })  # fmt: skip


def _unmaskings(group: Group) -> None:
    records = village_roster()
    pseudonym = VILLAGE.pseudonym(1).public
    good: dict[str, Any] = {
        "records": records, "mailbox": VILLAGE.mailbox, "pk_sign": pseudonym.sign, "pk_kem": pseudonym.kem,
        "own": own_signature(VILLAGE.identity.sign, VILLAGE.mailbox, pseudonym),
    }  # fmt: skip
    group.share(**{f"record_{at}": record for at, record in enumerate(records)}, pk_kem=pseudonym.kem)
    assert roster.replay(records, VILLAGE.mailbox).identity_sign == VILLAGE.identity.sign.public
    group.accept("unmasked", "verify_unmasking", **good)
    other = DOCTOR.pseudonym(0).public
    stranger = identity(fixed("mailbox seed of a stranger"), VILLAGE.mailbox, 0).sign
    group.reject_each("BadSignature", "verify_unmasking", good, {
        "unmasked: the peer's pseudonym": {"pk_sign": other.sign, "pk_kem": other.kem},
        "unmasked: another KEM key": {"pk_kem": other.kem},
        "unmasked: own by another identity": {"own": own_signature(stranger, VILLAGE.mailbox, pseudonym)},
        "unmasked: own of another mailbox": {
            "own": own_signature(VILLAGE.identity.sign, DOCTOR.mailbox, pseudonym),
        },
        "unmasked: own cut": {"own": good["own"][:-1]},
    })  # fmt: skip
    group.reject_each("BadRoster", "verify_unmasking", good, {
        "unmasked: as another mailbox": {"mailbox": DOCTOR.mailbox},
        "unmasked: a record missing": {"records": [records[0], *records[2:]]},
        "unmasked: no roster": {"records": []},
    })  # fmt: skip
