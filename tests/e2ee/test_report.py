"""What the vectors do not say of reports: how long they get, and what makers of statements and certificates refuse."""

from dataclasses import replace

import pytest

from messaging.e2ee.errors import BadKey, BadModerationKey, BadReport
from messaging.e2ee.moderation_key import CERTIFICATE_MS_MAX, ModerationKey, certify
from messaging.e2ee.report import (
    OPENINGS_MAX,
    RANGE_EVENTS_MAX,
    SEALED_BYTES_MAX,
    TEXT_BYTES_MAX,
    Opening,
    StatementKind,
    seal_statement,
    sign_statement,
)
from tests.e2ee.making.group_report import KEY, ROOT, statement
from tests.e2ee.making.stream import fixed
from tests.e2ee.making.world import SERVICE, VILLAGE

SIGNING = VILLAGE.pseudonym(1).sign
SEQ_MAX = 2**53 - 1


def test_the_longest_report_fits_what_a_service_takes() -> None:
    openings = tuple(Opening(SEQ_MAX - at, fixed("k_enc"), fixed("k_f")) for at in range(OPENINGS_MAX))[::-1]
    said = statement(
        epoch=2**32 - 1,
        category="a" * 32,
        text="a" * TEXT_BYTES_MAX,
        first=SEQ_MAX - RANGE_EVENTS_MAX + 1,
        last=SEQ_MAX,
        openings=openings,
    )
    sealed = seal_statement(sign_statement(said, SIGNING), service=SERVICE, kem=KEY.public)
    assert len(sealed) <= SEALED_BYTES_MAX
    with pytest.raises(BadReport):
        sign_statement(replace(said, text=said.text + "a"), SIGNING)


def test_reports_of_few_words_have_one_length() -> None:
    """Whoever stores them does not learn whether one message or a dozen was opened."""
    few = statement(text="")
    more = statement(openings=tuple(Opening(3 + n, bytes(32), bytes(32)) for n in range(12)), last=20, text="a" * 900)
    lengths = {
        len(seal_statement(sign_statement(each, SIGNING), service=SERVICE, kem=KEY.public)) for each in (few, more)
    }
    assert len(lengths) == 1


def test_who_signs_refuses_what_a_reader_would() -> None:
    for change in ({"openings": ()}, {"party": 3}, {"first": 0}, {"kind": StatementKind.ANSWER}):
        with pytest.raises(BadReport):
            sign_statement(statement(**change), SIGNING)
    with pytest.raises(BadKey):
        sign_statement(statement(openings=(Opening(3, bytes(31), bytes(32)),)), SIGNING)


def test_a_root_signs_no_certificate_that_readers_would_refuse() -> None:
    good = ModerationKey(KEY.public, 0, 1_000, 1_000 + CERTIFICATE_MS_MAX)
    certify(good, ROOT)
    for not_after in (good.not_after + 1, 1_000):
        with pytest.raises(BadModerationKey):
            certify(good._replace(not_after=not_after), ROOT)
    with pytest.raises(BadKey):
        certify(good._replace(kem=KEY.public[:1184] + bytes(32)), ROOT)
