"""What the sealing side itself refuses, and what it must never give away."""

from dataclasses import replace
from functools import partial

import pytest

from messaging.e2ee import card, consent, content, epoch, message, recovery, vault
from messaging.e2ee.encoding import frame
from messaging.e2ee.errors import BadCard, BadEncoding, BadKey, BadPadding, BadRecord, WrongRecoveryCode
from messaging.e2ee.pseudonym import PublicPseudonym
from tests.e2ee.making.group_card import sealed_card
from tests.e2ee.making.stream import Stream, fixed
from tests.e2ee.making.world import DOCTOR, THREAD, VILLAGE, conversation, header, tag, text_message

TALK = conversation()
OPENING = TALK.openings[0]
HEAD_0 = TALK.log.heads[0]


@pytest.mark.parametrize("length", [0, 1, 200, 366, 367, 500, 900, 5000])
def test_a_ciphertext_tells_the_padded_length_only(length: int) -> None:
    payload = text_message(OPENING, DOCTOR, "x" * length, 0, HEAD_0)
    size = len(message.parse_payload(payload).ciphertext) - 80
    assert size == message.body_size("text", 4 + 9 + 4 + 8 + 4 + 32 + 4 + 84 + 4 + 4 + 17 + 4 + length)
    assert size >= 512


def test_all_cards_have_one_size() -> None:
    sizes = {
        len(sealed_card(DOCTOR, TALK, label=f"card {number}", fields=fields, attestation=jwt).payload)
        for number, (fields, jwt) in enumerate(
            [({"name": "A"}, ""), (dict.fromkeys(card.FIELDS, "é" * 127), "j" * 2046), ({"email": ""}, "short")]
        )
    }
    assert len(sizes) == 1


def test_a_retry_on_a_new_epoch_takes_a_new_salt() -> None:
    one = message.parse_payload(text_message(OPENING, DOCTOR, "Bonjour", 0, HEAD_0))
    two = message.parse_payload(text_message(OPENING, DOCTOR, "Bonjour", 0, HEAD_0, label="again"))
    assert one.salt != two.salt
    assert one.commitment != two.commitment


def test_a_header_sealed_again_takes_another_key_for_its_seat_tag() -> None:
    """Two plaintexts under one key and nonce would give their difference away: it shows as that of the ciphertexts."""
    header_bytes = header(OPENING, 0, "sealed again")
    heads = (fixed("roster head before"), fixed("roster head after"))
    tags = [
        message.seat_tag(DOCTOR.seed, header_bytes, salt, DOCTOR.seat, head)
        for salt, head in zip((fixed("salt 1"), fixed("salt 2")), heads, strict=True)
    ]
    plains = [frame("pli1/tag", DOCTOR.seat, head) for head in heads]
    assert _difference(*(each[: len(plains[0])] for each in tags)) != _difference(*plains)


def _difference(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def test_the_seat_tag_of_a_message_is_made_for_its_own_salt() -> None:
    payload = text_message(OPENING, DOCTOR, "Bonjour", 0, HEAD_0)
    parts = message.parse_payload(payload)
    place = message.Place(THREAD, 0, OPENING.record.hash, 0)
    opened = message.open_message(payload, OPENING.epoch_secret, OPENING.record.parties[0].sign, place)
    found = message.open_seat_tag(DOCTOR.seed, parts.header_bytes, parts.salt, opened.tag)
    assert found == (DOCTOR.seat, fixed("roster head doctor"))


@pytest.mark.parametrize(
    ("fields", "attestation", "error"),
    [
        ({}, "", BadCard),
        ({"address": "x"}, "", BadCard),
        ({"name": "é" * 128}, "", BadPadding),
        ({"name": "A"}, "j" * 2047, BadPadding),
        ({"name": "\ud800"}, "", BadEncoding),
    ],
    ids=["no field", "unknown field", "field too long", "attestation too long", "lone surrogate"],
)
def test_a_card_that_cannot_be_is_not_sealed(fields: dict[str, str], attestation: str, error: type[Exception]) -> None:
    header_bytes = header(OPENING, 0, "bad card", kind="card")
    with pytest.raises(error):
        card.seal_card(
            header_bytes, fields, record_0=OPENING.record.hash, identity=DOCTOR.identity.sign, attestation=attestation,
            epoch_secret=OPENING.epoch_secret, signing=DOCTOR.pseudonym(0).sign, seen_seq=0, seen_head=HEAD_0,
            tag=partial(tag, DOCTOR), entropy=Stream("card"),
        )  # fmt: skip


def test_a_card_needs_a_header_of_its_kind() -> None:
    header_bytes = header(OPENING, 0, "text header")
    with pytest.raises(BadCard):
        card.seal_card(
            header_bytes, {"name": "A"}, record_0=OPENING.record.hash, identity=DOCTOR.identity.sign, attestation="",
            epoch_secret=OPENING.epoch_secret, signing=DOCTOR.pseudonym(0).sign, seen_seq=0, seen_head=HEAD_0,
            tag=partial(tag, DOCTOR), entropy=Stream("card"),
        )  # fmt: skip


def test_a_content_too_long_for_a_card_is_not_sealed() -> None:
    header_bytes = header(OPENING, 0, "long card", kind="card")
    with pytest.raises(BadPadding):
        message.seal_message(
            header_bytes, bytes(6100), epoch_secret=OPENING.epoch_secret, signing=DOCTOR.pseudonym(0).sign, seen_seq=0,
            seen_head=HEAD_0, tag=partial(tag, DOCTOR), entropy=Stream("salt"),
        )  # fmt: skip


def test_a_card_opens_with_both_shares_only() -> None:
    """Neither the message alone nor the server's share alone holds a field."""
    sealed = sealed_card(DOCTOR, TALK)
    place = message.Place(THREAD, 0, OPENING.record.hash, 0)
    opened = message.open_message(sealed.payload, OPENING.epoch_secret, OPENING.record.parties[0].sign, place)
    for secret in ("Claire Le Goff", "+33 6 00 00 00 00"):
        assert secret.encode() not in opened.content
    assert sealed.s_server not in opened.content
    assert isinstance(content.decode_content(opened.content), content.UnknownContent)


def test_consent_bits_are_those_of_the_fields() -> None:
    assert card.field_bits({"name": "A"}) == 1
    assert card.field_bits({"email": "a", "role": "b"}) == 0b10010
    assert sealed_card(DOCTOR, TALK).bits == 0b01011


def test_a_statement_comes_back_as_it_was() -> None:
    given = consent.Consent(
        THREAD, fixed("R_0"), 1, fixed("card", 16), 31, fixed("text"), "widget", 1, fixed("payload"), fixed("cs")
    )
    assert consent.parse_consent(consent.consent_statement(given)) == given
    for bad in (replace(given, channel="Web 2"), replace(given, card=b""), replace(given, time=-1)):
        with pytest.raises(BadEncoding):
            consent.consent_statement(bad)


def test_a_rotation_by_a_pseudonym_that_is_not_in_force_is_not_made() -> None:
    with pytest.raises(BadRecord):
        epoch.make_rotation(
            OPENING.record, party=1, old=VILLAGE.pseudonym(1), new=VILLAGE.pseudonym(2), thread_head=HEAD_0,
            entropy=Stream("rotation"),
        )  # fmt: skip


def test_either_party_can_rotate_and_both_read_on() -> None:
    by_doctor = epoch.make_rotation(
        OPENING.record, party=0, old=DOCTOR.pseudonym(0), new=DOCTOR.pseudonym(1), thread_head=HEAD_0,
        entropy=Stream("rotation"),
    )  # fmt: skip
    record = epoch.verify_rotation(OPENING.record, by_doctor.signed, party=0)
    assert record == by_doctor.record
    for party, keys in ((0, DOCTOR.pseudonym(1)), (1, VILLAGE.pseudonym(0))):
        assert epoch.open_epoch(record, by_doctor.wraps, party, keys.kem) == by_doctor.epoch_secret


def test_a_thread_is_not_opened_to_a_bad_prekey() -> None:
    with pytest.raises(BadKey):
        epoch.make_first(
            thread=THREAD, head_0=HEAD_0, initiator=DOCTOR.pseudonym(0),
            recipient=PublicPseudonym(fixed("sign"), bytes(1216)), entropy=Stream("epoch"),
        )  # fmt: skip


def test_a_new_recovery_code_opens_what_it_wrapped() -> None:
    account, wrap_id, vk = fixed("account", 16), fixed("wrap", 16), fixed("vk")
    shown = recovery.new_code(Stream("code"))
    assert len(shown) == 34
    key = recovery.recovery_key(recovery.parse_code(shown.lower()), account)
    blob = vault.wrap_key(vk, key, account, vault.RECOVERY, wrap_id, Stream("nonce"))
    assert vault.unwrap_key(blob, key, account, vault.RECOVERY, wrap_id) == vk
    other = recovery.recovery_key(recovery.parse_code(recovery.new_code(Stream("other code"))), account)
    with pytest.raises(WrongRecoveryCode):
        vault.unwrap_key(blob, other, account, vault.RECOVERY, wrap_id)


def test_every_mistyped_character_of_a_code_is_found() -> None:
    """10 check bits: about one wrong character in a thousand would pass, and none of these does."""
    shown = recovery.format_code(fixed("recovery code", 16)).replace("-", "")
    for at in range(28):
        wrong = shown[:at] + ("7" if shown[at] != "7" else "8") + shown[at + 1 :]
        with pytest.raises(WrongRecoveryCode):
            recovery.parse_code(wrong)
