"""The event that says: this side begins anew, and the platform attests it (SPEC.md section 4.7).

    payload = frame("pli1/reset", u8 party, u32 n, jwt)

A mailbox without any administrator left gets a new roster with a new root. In each of its threads the platform's word
stands first; only then may that side's next epoch record come without a signature by the pseudonym that nobody has any
more. The token names no mailbox: two peers cannot tell by it that they talk to the same one.
"""

from typing import Final, NamedTuple

from messaging.e2ee.encoding import ID_BYTES, exactly, frame, read_u8, read_u32, read_utf8, u8, u32, unframe, utf8
from messaging.e2ee.epoch import EpochRecord
from messaging.e2ee.errors import BadRecord
from messaging.e2ee.jwt import verify_jwt

KIND: Final = "reset"
TYPE: Final = "pli-reset+jwt"


class Reset(NamedTuple):
    """A parsed reset: whose side, which epoch it ends, and the platform's word."""

    party: int
    n: int
    jwt: str


def make_reset(party: int, n: int, jwt: str) -> bytes:
    return frame("pli1/reset", u8(party), u32(n), utf8(jwt))


def parse_reset(payload: bytes) -> Reset:
    """Raises BadEncoding; verifies nothing."""
    party, n, jwt = unframe(payload, "pli1/reset", (1, 4, None))
    return Reset(read_u8(party), read_u32(n), read_utf8(jwt))


def claims(thread: bytes, party: int, record_hash: bytes, issued_s: int) -> dict[str, object]:
    """What the platform signs, beside `aud`; `record_hash` is R_n of the epoch in force."""
    return {
        "thread": exactly(thread, ID_BYTES, "the thread id").hex(),
        "party": party,
        "record": record_hash.hex(),
        "iat": issued_s,
    }


def verify_reset(payload: bytes, *, record: EpochRecord, platform_key: bytes, audience: str) -> int:
    """Checks a reset against the record in force and returns whose side begins anew.

    Raises BadEncoding, BadRecord (another party or epoch than in force), BadAttestation (the platform did not say so).
    """
    reset = parse_reset(payload)
    if reset.party > 1 or reset.n != record.n:
        raise BadRecord("the reset is of another party or epoch")
    said = verify_jwt(reset.jwt, TYPE, platform_key, audience)
    expected = claims(record.thread, reset.party, record.hash, 0)
    for name in ("thread", "party", "record"):
        # True equals 1 in Python, and is no party.
        if type(said.get(name)) is not type(expected[name]) or said[name] != expected[name]:
            raise BadRecord(f"the platform's word is for another {name}")
    if type(said.get("iat")) is not int:
        raise BadRecord("the platform's word has no time")
    return reset.party
