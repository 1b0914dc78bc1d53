"""Vectors of SPEC.md section 9: cards, attestations, consents, releases."""

import base64
import json
from dataclasses import replace
from functools import partial
from typing import Any

from messaging.e2ee import card, consent, message
from messaging.e2ee.attestation import thumbprint
from messaging.e2ee.card import SealedCard
from messaging.e2ee.consent import Consent
from messaging.e2ee.encoding import frame, unframe
from messaging.e2ee.mailbox import identity
from messaging.e2ee.release import ReleasedCard, make_released
from messaging.e2ee.suite import SigningKey, kdf, sha256
from tests.e2ee.making.forge import Forgery, body
from tests.e2ee.making.group import Group, Text
from tests.e2ee.making.stream import Stream, fixed, flipped
from tests.e2ee.making.world import (
    DOCTOR,
    OTHER_THREAD,
    PLATFORM_KEY,
    START_MS,
    THREAD,
    VILLAGE,
    Conversation,
    Side,
    conversation,
    first_opening,
    tag,
)

_FIELDS = {"name": "Claire Le Goff", "role": "Médecin généraliste", "phone": "+33 6 00 00 00 00"}
_AUDIENCE = "https://pli.example/attestations"
_NOW_S = START_MS // 1000
_OTHER_PLATFORM_KEY = SigningKey(fixed("another platform"))


def sealed_card(
    side: Side,
    talk: Conversation,
    *,
    label: str = "card",
    message_label: str = "",
    record_0: bytes | None = None,
    identity_key: SigningKey | None = None,
    fields: dict[str, str] | None = None,
    attestation: str = "",
) -> SealedCard:
    """A card of one side under epoch 0; its message's id belongs to `message_label`, else to `label`."""
    record = talk.openings[0].record
    header_bytes = message.header(
        "card", THREAD, 0, record.hash, side.party, fixed(f"message {message_label or label}", 16)
    )
    return card.seal_card(
        header_bytes,
        fields or _FIELDS,
        record_0=record_0 or record.hash,
        identity=identity_key or side.identity.sign,
        attestation=attestation,
        epoch_secret=talk.openings[0].epoch_secret,
        signing=side.pseudonym(0).sign,
        seen_seq=3,
        seen_head=talk.log.heads[3],
        tag=partial(tag, side),
        entropy=Stream(f"card {label} {side.name}"),
    )


def _place(side: Side, talk: Conversation, sealed: SealedCard) -> dict[str, Any]:
    record = talk.openings[0].record
    return {
        "payload": sealed.payload, "s_server": sealed.s_server, "card": sealed.card, "thread": THREAD, "epoch": 0,
        "record_hash": record.hash, "party": side.party, "record_0": record.hash,
        "epoch_secret": talk.openings[0].epoch_secret, "author_sign_pk": record.parties[side.party].sign,
    }  # fmt: skip


def cards() -> Group:
    group = Group("card", "Identity cards and their release", "9.1 to 9.3 and 9.6")
    talk = conversation()
    sealed = sealed_card(DOCTOR, talk)
    group.share(doctor=sealed.payload)
    good = _place(DOCTOR, talk, sealed)
    group.accept("three fields", "open_card", **good)
    attested = sealed_card(DOCTOR, talk, label="attested", attestation=_jwt())
    group.accept("with an attestation", "open_card", **_place(DOCTOR, talk, attested))
    for name, fields in {
        "one field": {"email": "claire@example.org"},
        "all fields, the longest": dict.fromkeys(card.FIELDS, "é" * 127),
        "an empty field": {"organisation": ""},
    }.items():
        each = sealed_card(DOCTOR, talk, label=name, fields=fields)
        group.accept(name, "open_card", **_place(DOCTOR, talk, each))
    _shares(group, talk, good)
    _bindings(group, talk, good)
    _contents(group, talk, sealed, good)
    _releases(group, talk, sealed)
    for opening in talk.openings:
        record = opening.record
        group.accept(f"words of R_{record.n}", "record_words", record_hash=record.hash)
    for width in (31, 33):
        cut = fixed("R_n", width)
        group.reject(f"words of {width} bytes", "BadEncoding", "record_words", record_hash=cut)
    return group


def _shares(group: Group, talk: Conversation, good: dict[str, Any]) -> None:
    other = sealed_card(DOCTOR, talk, label="other card")
    village = sealed_card(VILLAGE, talk, label="village")
    group.reject_each("BadCard", "open_card", good, {
        "wrong share": {"s_server": fixed("share")},
        "another card's share": {"s_server": other.s_server},
        "the other side's share": {"s_server": village.s_server},
        "released as another card": {"card": other.card},
        "another card's message": {"payload": other.payload, "s_server": other.s_server},
    })  # fmt: skip
    for width in (31, 33):
        share = {"s_server": fixed("share", width)}
        group.reject(f"{width}-byte share", "BadEncoding", "open_card", **good | share)
    text = message.header("text", THREAD, 0, good["record_hash"], 0, fixed("text as card", 16))
    plain = frame("pli1/message", text, bytes(32), bytes(32), bytes(96))
    group.reject("a text in place of a card", "BadCard", "open_card", **good | {"payload": plain})
    group.reject_each("WrongHeader", "open_card", good, {
        "shown as the other side's": {"party": 1, "author_sign_pk": talk.openings[0].record.parties[1].sign},
        "a colleague's card, shown as the peer's": _place(VILLAGE, talk, village) | {
            "party": 0, "author_sign_pk": talk.openings[0].record.parties[0].sign
        },
        "in another thread": {"thread": OTHER_THREAD},
        "under another record": {"record_hash": talk.openings[1].record.hash},
    })  # fmt: skip


def _bindings(group: Group, talk: Conversation, good: dict[str, Any]) -> None:
    """What a server that had swapped a prekey cannot repair: the two sides saw different records."""
    swapped = first_opening(OTHER_THREAD).record.hash
    record = talk.openings[0].record
    seen = sealed_card(DOCTOR, talk, label="swapped", record_0=swapped)
    group.reject("bound to another R_0", "SwappedPrekey", "open_card", **_place(DOCTOR, talk, seen))
    group.reject("read under another R_0", "SwappedPrekey", "open_card", **good | {"record_0": swapped})

    def bound(name: str, *, thread: bytes = THREAD, last: bytes = record.hash, party: int = 0) -> None:
        key = _Rebinding(DOCTOR.identity.sign, thread, record.hash, last, party)
        rebound = sealed_card(DOCTOR, talk, label=name, identity_key=key)
        group.reject(name, "SwappedPrekey", "open_card", **_place(DOCTOR, talk, rebound))

    remade = sealed_card(DOCTOR, talk, label="remade", identity_key=SigningKey(fixed("identity of an interceptor")))
    group.accept("made again by who stands between, unattested", "open_card", **_place(DOCTOR, talk, remade))
    bound("binding of another thread", thread=OTHER_THREAD)
    bound("binding with parties swapped", party=1)
    bound("binding of another R_n", last=talk.openings[1].record.hash)


class _Rebinding(SigningKey):
    """An identity that signs a binding for another place than it is asked to."""

    def __init__(self, key: SigningKey, thread: bytes, record_0: bytes, record_n: bytes, party: int) -> None:
        super().__init__(_seed_of(DOCTOR))
        assert self.public == key.public
        self._place = (thread, record_0, record_n, bytes([party]))

    def sign(self, message: bytes) -> bytes:
        card_id = message[-16:]
        return super().sign(frame("pli1/binding", *self._place, card_id))


def _seed_of(side: Side) -> bytes:
    return kdf(side.seed, "pli1/identity", side.mailbox, bytes(4), b"sign")


def _contents(group: Group, talk: Conversation, sealed: SealedCard, good: dict[str, Any]) -> None:
    """Cards whose sealed content is wrong in itself, resealed as honest messages."""
    opened = message.open_message(
        sealed.payload, good["epoch_secret"], good["author_sign_pk"], message.Place(THREAD, 0, good["record_hash"], 0)
    ).content
    widths = (16, 1, *[None] * 5, 141, 2064, 32, 32)
    fields = list(unframe(opened, "pli1/card", widths))

    def resealed(name: str, error: str, changes: dict[int, bytes], size: int = 6144) -> None:
        changed = [changes.get(place, value) for place, value in enumerate(fields)]
        payload = _reseal(talk, frame("pli1/card", *changed), name, size)
        group.reject(name, error, "open_card", **good | {"payload": payload})

    resealed("no field consented", "BadCard", {1: b"\0"})
    resealed("a sixth field", "BadCard", {1: b"\x2b"})
    resealed("bits of a field that is not there", "BadCard", {1: b"\x0f"})
    resealed("a field without its bit", "BadCard", {1: b"\x03"})
    resealed("two fields swapped", "BadCard", {2: fields[3], 3: fields[2]})
    resealed("field altered", "BadCard", {2: flipped(fields[2])})
    resealed("binding altered", "BadCard", {7: flipped(fields[7])})
    resealed("attestation altered", "BadCard", {8: flipped(fields[8])})
    resealed("another cs", "BadCard", {10: fixed("cs")})
    resealed("another s_thread", "BadCard", {9: fixed("s_thread")})
    resealed("s_thread of 31 bytes", "BadEncoding", {9: fields[9][:31]})
    resealed("binding of another width", "BadEncoding", {7: fields[7] + b"\0"})
    resealed("padded to another size", "BadPadding", {}, 8192)


def _reseal(talk: Conversation, content: bytes, label: str, size: int) -> bytes:
    opening = talk.openings[0]
    header_bytes = message.header("card", THREAD, 0, opening.record.hash, 0, fixed(f"message {label}", 16))
    salt = fixed(f"salt {label}")
    plain = body(content, 3, talk.log.heads[3], tag(DOCTOR, header_bytes, salt), size)
    forgery = Forgery(header_bytes, opening.epoch_secret, DOCTOR.pseudonym(0).sign, plain, salt)
    return forgery.payload()


def _releases(group: Group, talk: Conversation, sealed: SealedCard) -> None:
    village = sealed_card(VILLAGE, talk, label="village")
    mine = ReleasedCard(0, sealed.card, sealed.payload, sealed.s_server)
    yours = ReleasedCard(1, village.card, village.payload, village.s_server)

    def listed(*items: ReleasedCard) -> bytes:
        framed = (frame("pli1/released-card", bytes([each.party]), *each[1:]) for each in items)
        return frame("pli1/released", *framed)

    group.accept("released: both sides", "parse_release", payload=make_released([yours, mine]))
    group.accept("released: one later card", "parse_release", payload=make_released([yours]))
    for name, payload in {
        "nobody": frame("pli1/released"),
        "out of order": listed(yours, mine),
        "a card twice": listed(mine, mine),
        "a card of the service": listed(mine._replace(party=255)),
    }.items():
        group.reject(f"released: {name}", "BadCard", "parse_release", payload=payload)
    short = mine._replace(s_server=mine.s_server[:31])
    group.reject("released: 31-byte share", "BadEncoding", "parse_release", payload=listed(short))
    group.reject("released: trailing bytes", "BadEncoding", "parse_release", payload=listed(mine) + b"\0")


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _jwt(header: dict[str, Any] | None = None, key: SigningKey = PLATFORM_KEY, drop: str = "", **claims: Any) -> str:
    head = {"alg": "EdDSA", "typ": "pli-attest+jwt", "kid": "2026-1"} | (header or {})
    body = {
        "aud": _AUDIENCE, "iat": _NOW_S - 3600, "exp": _NOW_S + 86_400,
        "cnf": {"jkt": thumbprint(DOCTOR.identity.sign.public)}, "profession": "Médecin généraliste",
    } | claims  # fmt: skip
    body.pop(drop, None)
    signed = f"{_base64url(_json(head))}.{_base64url(_json(body))}"
    return f"{signed}.{_base64url(key.sign(signed.encode()))}"


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def attestations() -> Group:
    group = Group("attestation", "Attestations of the platform", "9.4")
    good: dict[str, Any] = {
        "jwt": Text(_jwt()), "platform_key": PLATFORM_KEY.public, "audience": Text(_AUDIENCE), "now_s": _NOW_S,
        "identity": DOCTOR.identity.sign.public,
    }  # fmt: skip
    group.accept("attested", "verify_attestation", **good)
    longest = _jwt(iat=_NOW_S, exp=_NOW_S + 90 * 86_400)
    group.accept("90 days", "verify_attestation", **good | {"jwt": Text(longest)})
    group.accept("issued 300 s ahead", "verify_attestation", **good | {"jwt": Text(_jwt(iat=_NOW_S + 300))})
    group.accept("last second", "verify_attestation", **good | {"now_s": _NOW_S + 86_399})
    next_identity = identity(fixed("mailbox seed doctor, generation 1"), DOCTOR.mailbox, 1).sign.public
    token = _jwt()
    head, claims, signature = token.split(".")
    bad: dict[str, dict[str, Any]] = {
        "for another key": {"identity": VILLAGE.identity.sign.public},
        "of the old generation's I_g": {"identity": next_identity},
        "signed by another platform": {"jwt": Text(_jwt(key=_OTHER_PLATFORM_KEY))},
        "expired": {"now_s": _NOW_S + 86_400},
        "issued in the future": {"jwt": Text(_jwt(iat=_NOW_S + 301))},
        "longer than 90 days": {"jwt": Text(_jwt(iat=_NOW_S, exp=_NOW_S + 90 * 86_400 + 1))},
        "of no duration": {"jwt": Text(_jwt(iat=_NOW_S + 86_400))},
        "an access token": {"jwt": Text(_jwt({"typ": "at+jwt"}))},
        "typ JWT": {"jwt": Text(_jwt({"typ": "JWT"}))},
        "alg none": {"jwt": Text(_jwt({"alg": "none"}))},
        "alg HS256": {"jwt": Text(_jwt({"alg": "HS256"}))},
        "alg ES256": {"jwt": Text(_jwt({"alg": "ES256"}))},
        "crit": {"jwt": Text(_jwt({"crit": ["b64"], "b64": False}))},
        "another audience": {"audience": Text("https://other.example")},
        "a list of audiences": {"jwt": Text(_jwt(aud=[_AUDIENCE]))},
        "no audience": {"jwt": Text(_jwt(drop="aud"))},
        "no iat": {"jwt": Text(_jwt(drop="iat"))},
        "no exp": {"jwt": Text(_jwt(drop="exp"))},
        "exp in text": {"jwt": Text(_jwt(exp=str(_NOW_S + 86_400)))},
        "exp with a fraction": {"jwt": Text(_jwt(exp=_NOW_S + 0.5))},
        "iat true": {"jwt": Text(_jwt(iat=True))},
        "no cnf": {"jwt": Text(_jwt(drop="cnf"))},
        "cnf of another form": {"jwt": Text(_jwt(cnf=thumbprint(DOCTOR.identity.sign.public)))},
        "claims altered": {"jwt": Text(f"{head}.{_base64url(_json({'aud': _AUDIENCE}))}.{signature}")},
        "signature missing": {"jwt": Text(f"{head}.{claims}.")},
        "two parts": {"jwt": Text(f"{head}.{claims}")},
        "four parts": {"jwt": Text(f"{token}.{signature}")},
        "base64 with padding": {"jwt": Text(f"{token}==")},
        "signature not canonical": {"jwt": Text(token[:-1] + _next_letter(token[-1]))},
        "claims that are no object": {"jwt": Text(_signed_text(head, b"[]"))},
        "claims that are no JSON": {"jwt": Text(_signed_text(head, b"{"))},
        "claims part not ASCII": {"jwt": Text(f"{head}.é.{signature}")},
        "header part not ASCII": {"jwt": Text(f"é.{claims}.{signature}")},
        "signature part not ASCII": {"jwt": Text(f"{head}.{claims}.é")},
        "a claim twice": {"jwt": Text(_signed_text(head, _with_member(claims, b'"profession":"M\xc3\xa9decin"')))},
        "aud twice, alike": {"jwt": Text(_signed_text(head, _with_member(claims, f'"aud":"{_AUDIENCE}"'.encode())))},
        "typ twice": {"jwt": Text(_signed_text(_twice_typed(head), _decoded(claims)))},
        "a claim that is NaN": {"jwt": Text(_signed_text(head, _with_member(claims, b'"rank":NaN')))},
        "a claim that is Infinity": {"jwt": Text(_signed_text(head, _with_member(claims, b'"rank":-Infinity')))},
        "exp with an exponent": {"jwt": Text(_signed_text(head, _with_exponent(claims)))},
        "claims that are not UTF-8": {"jwt": Text(_signed_text(head, b'{"a":"\xff"}'))},
        "empty": {"jwt": Text("")},
    }
    group.reject_each("BadAttestation", "verify_attestation", good, bad)
    return group


def _signed_text(head: str, body: bytes) -> str:
    signed = f"{head}.{_base64url(body)}"
    return f"{signed}.{_base64url(PLATFORM_KEY.sign(signed.encode()))}"


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _with_member(part: str, member: bytes) -> bytes:
    """An object with one more member at its end, its name there already or not."""
    return _decoded(part)[:-1] + b"," + member + b"}"


def _twice_typed(head: str) -> str:
    return _base64url(_with_member(head, b'"typ":"pli-attest+jwt"'))


def _with_exponent(part: str) -> bytes:
    """The same expiry, written as 17...e2: an integer to some readers, a float to others."""
    exp = str(_NOW_S + 86_400).encode()
    assert exp.endswith(b"00")
    return _decoded(part).replace(exp, exp[:-2] + b"e2")


def _next_letter(letter: str) -> str:
    """The last of 86 characters holds 2 unused bits: the next letter decodes to the same signature."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return alphabet[alphabet.index(letter) + 1]


def consents() -> Group:
    group = Group("consent", "Consents, withdrawals", "9.5")
    talk = conversation()
    sealed, other = sealed_card(DOCTOR, talk), sealed_card(DOCTOR, talk, label="other card")
    group.share(payload=sealed.payload)
    given = Consent(
        THREAD, talk.openings[0].record.hash, 0, sealed.card, sealed.bits, sha256("J’accepte…".encode()), "sdk",
        START_MS, sha256(sealed.payload), sealed.cs,
    )  # fmt: skip
    statement = consent.consent_statement(given)
    good: dict[str, Any] = _signed(statement) | {
        "thread": THREAD, "record_0": given.record_0, "party": 0, "payload": sealed.payload,
        "s_server": sealed.s_server, "withdrawn": [],
    }  # fmt: skip
    group.accept("given", "verify_consent", **good)
    group.accept("another consent was withdrawn", "verify_consent", **good | {"withdrawn": [fixed("other statement")]})
    group.reject_each("BadConsent", "verify_consent", good, {
        "for another payload": {"payload": other.payload},
        "for another share": {"s_server": other.s_server},
        "of another R_0": {"record_0": talk.openings[1].record.hash},
        "in another thread": {"thread": OTHER_THREAD},
        "for the other side": {"party": 1},
        "signed by a colleague": {"seat_sign_pk": VILLAGE.seat_sign.public},
        "signature altered": {"signature": flipped(good["signature"], 40)},
        "replayed after its withdrawal": {"withdrawn": [sha256(statement)]},
    })  # fmt: skip
    _statements(group, given, good)
    text = message.header("text", THREAD, 0, given.record_0, 0, fixed("text as card", 16))
    plain = frame("pli1/message", text, bytes(32), bytes(32), bytes(96))
    theirs = sealed_card(VILLAGE, talk, label="village")
    group.reject_each("BadCard", "verify_consent", good, {
        "a text in place of a card": {"payload": plain},
        "the other side's card": {"payload": theirs.payload},
    })  # fmt: skip
    _withdrawals(group, statement)
    return group


def _signed(statement: bytes) -> dict[str, Any]:
    key = DOCTOR.seat_sign
    return {"statement": statement, "signature": consent.sign(key, statement), "seat_sign_pk": key.public}


def _statements(group: Group, given: Consent, good: dict[str, Any]) -> None:
    changes: dict[str, dict[str, Any]] = {
        "no field": {"bits": 0},
        "a sixth field": {"bits": 32},
        "another payload's hash": {"payload_hash": fixed("hash")},
        "another cs": {"cs": fixed("cs")},
        "another card": {"card": fixed("card", 16)},
        "another party in the statement": {"party": 1},
    }
    for name, change in changes.items():
        signed = _signed(consent.consent_statement(replace(given, **change)))
        group.reject(f"statement: {name}", "BadConsent", "verify_consent", **good | signed)
    trailing = _signed(good["statement"] + b"\0")
    group.reject("statement: trailing byte", "BadEncoding", "verify_consent", **good | trailing)
    channel = _signed(good["statement"].replace(b"\0\0\0\3sdk", b"\0\0\0\3SDK"))
    group.reject("statement: channel that is no word", "BadEncoding", "verify_consent", **good | channel)


def _withdrawals(group: Group, statement: bytes) -> None:
    good: dict[str, Any] = _signed(consent.withdrawal_statement(statement, START_MS + 5000)) | {"consent": statement}
    group.accept("withdrawn", "verify_withdrawal", **good)
    group.reject_each("BadConsent", "verify_withdrawal", good, {
        "withdrawal of another consent": {"consent": statement + b"\0"},
        "withdrawal by a colleague": {"seat_sign_pk": VILLAGE.seat_sign.public},
        "withdrawal altered": {"signature": flipped(good["signature"], 40)},
    })  # fmt: skip
    long = _signed(good["statement"] + b"\0")
    group.reject("withdrawal with a trailing byte", "BadEncoding", "verify_withdrawal", **good | long)
