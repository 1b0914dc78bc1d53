"""A third party in a thread, by invitation of one side and acceptance of the other (SPEC.md section 7.6).

    invited = frame("pli1/invited", thread, R_n, u8 party, id, u64 seen_seq, seen_head,
                    target, pk_sign, pk_kem, u8 history, shown)
    joined  = frame("pli1/joined",  thread, R_n, u8 party, id, u64 seen_seq, seen_head, invited's whole payload)
    share_n = HPKE(pk_kem, E_n, info frame("pli1/third-wrap", thread, u32 n, R_n, third))
    third   = SHA256(invited's whole payload)

Both are notices, each signed by its side's pseudonym of the epoch in force: together they are the grant, which every
client verifies before it gives the third party a key. The record of an epoch knows nothing of a third party: its share
travels beside the log, like the wraps.
"""

from typing import Final, NamedTuple

from messaging.e2ee.encoding import (
    HASH_BYTES,
    ID_BYTES,
    KEM_PUBLIC_BYTES,
    PUBLIC_BYTES,
    exactly,
    frame,
    label_of,
    read_u8,
    read_u64,
    read_utf8,
    u8,
    u32,
    unframe,
    utf8,
)
from messaging.e2ee.epoch import EpochRecord, check_secret
from messaging.e2ee.errors import BadEncoding, BadInvitation, WrongHeader
from messaging.e2ee.notice import WIDTHS, encode_common, sign_notice, take_apart, verify_notice
from messaging.e2ee.pseudonym import PublicPseudonym
from messaging.e2ee.suite import KemKey, SigningKey, hpke_seal, sha256

INVITED: Final = "invited"
JOINED: Final = "joined"
THIRD: Final = 2
"""The party of a third in headers and events."""

_INVITED_WIDTHS: Final = (*WIDTHS, ID_BYTES, PUBLIC_BYTES, KEM_PUBLIC_BYTES, 1, None)


class Shown(NamedTuple):
    """What the platform says of a third party, as both sides read it before one accepts."""

    group: str
    area: str
    verified: bool
    words: str


class Invitation(NamedTuple):
    """What one side proposes."""

    thread: bytes
    record_hash: bytes
    """R_n of the epoch in force: the invitation lapses with it."""
    party: int
    """The side that proposes."""
    id: bytes
    """One of its message ids, used once."""
    seen_seq: int
    seen_head: bytes
    target: bytes
    """Of the third party: what its prekey was published for."""
    keys: PublicPseudonym
    """Its claimed prekey: under this pseudonym it reads and writes, in this thread and in no other."""
    history: bool
    """Whether it is to read what was written before."""
    shown: Shown


class Joining(NamedTuple):
    """What the other side accepts: the invitation as it stands, to the byte."""

    thread: bytes
    record_hash: bytes
    party: int
    """The side that accepts."""
    id: bytes
    seen_seq: int
    seen_head: bytes
    invited: bytes
    """The payload of the invitation."""


class Third(NamedTuple):
    """A third party that both sides let in."""

    id: bytes
    """Names its stay in this thread, 32 bytes: the hash of the invitation's payload."""
    invitation: Invitation
    joined: bytes
    """The payload of its joining: both signatures."""

    @property
    def keys(self) -> PublicPseudonym:
        return self.invitation.keys

    @property
    def words_hash(self) -> bytes:
        """What twelve words are shown of (section 4.4), the same to all three unless somebody stands between."""
        return sha256(frame("pli1/third-words", sha256(self.joined)))


class Entry(NamedTuple):
    """Where the log of a third party begins that reads from its joining on, as the service gives it."""

    seq: int
    """Of the last event that it does not read."""
    head: bytes
    signed_record: bytes
    """The payload of the epoch event in force: whose pseudonyms signed the invitation and its acceptance."""


def make_invited(invitation: Invitation, signing: SigningKey) -> bytes:
    """Signs an invitation with the side's own pseudonym of the epoch in force. Raises BadEncoding."""
    shown = invitation.shown
    body = frame(
        f"pli1/{INVITED}",
        *encode_common(*invitation[:6]),
        exactly(invitation.target, ID_BYTES, "the target id"),
        exactly(invitation.keys.sign, PUBLIC_BYTES, "the signing key"),
        exactly(invitation.keys.kem, KEM_PUBLIC_BYTES, "the KEM key"),
        u8(invitation.history),
        frame("pli1/shown", utf8(shown.group), utf8(shown.area), u8(shown.verified), utf8(shown.words)),
    )
    return sign_notice(body, signing)


def parse_invited(payload: bytes) -> Invitation:
    """Takes an invitation apart. Raises BadEncoding. Nothing in it is verified but its form."""
    return _decode_invited(take_apart(payload)[0])


def open_invited(payload: bytes, record: EpochRecord, party: int) -> Invitation:
    """Verifies an invitation by that side under the record in force.

    Raises BadEncoding, WrongHeader, BadSignature, BadInvitation.
    """
    body, signature = take_apart(payload)
    invitation = _decode_invited(body)
    _check_place(invitation, record, party)
    verify_notice(body, signature, record.parties[invitation.party].sign)
    if {*invitation.keys}.intersection(key for party in record.parties for key in party):
        raise BadInvitation("the invited third party has a key of one of the sides")
    return invitation


def make_joined(joining: Joining, signing: SigningKey) -> bytes:
    """Signs the acceptance of an invitation. Raises BadEncoding."""
    return sign_notice(frame(f"pli1/{JOINED}", *encode_common(*joining[:6]), joining.invited), signing)


def parse_joined(payload: bytes) -> Joining:
    """Takes an acceptance apart. Raises BadEncoding. Nothing in it is verified but its form."""
    return _decode_joined(take_apart(payload)[0])


def open_joined(payload: bytes, record: EpochRecord, party: int) -> tuple[Joining, Third]:
    """Verifies an acceptance by that side, and the other's invitation in it, under the record in force: the two
    signatures of a grant.

    Raises BadEncoding, WrongHeader, BadSignature, BadInvitation.
    """
    body, signature = take_apart(payload)
    joining = _decode_joined(body)
    _check_place(joining, record, party)
    verify_notice(body, signature, record.parties[joining.party].sign)
    invitation = open_invited(joining.invited, record, 1 - party)
    return joining, Third(sha256(joining.invited), invitation, payload)


def make_share(third: Third, record: EpochRecord, secret: bytes) -> bytes:
    """Wraps E_n to a third party: 1168 bytes. Only for one whose grant was verified. Raises BadKey."""
    return hpke_seal(third.keys.kem, secret, _info(third.id, record))


def open_share(share: bytes, third_id: bytes, record: EpochRecord, kem: KemKey) -> bytes:
    """E_n, as the third party. Raises BadSeal; BadRecord for a secret other than the record's."""
    return check_secret(kem.open(share, _info(third_id, record)), record)


def withhold(digest: bytes) -> bytes:
    """What a third party gets in place of the payload of a release: enough for the chain, and nothing to open."""
    return frame("pli1/withheld", exactly(digest, HASH_BYTES, "the digest"))


def withheld_digest(payload: bytes) -> bytes:
    """The digest of a withheld event. Raises BadEncoding."""
    return unframe(payload, "pli1/withheld", (HASH_BYTES,))[0]


def _info(third_id: bytes, record: EpochRecord) -> bytes:
    return frame("pli1/third-wrap", record.thread, u32(record.n), record.hash, third_id)


def _check_place(said: Invitation | Joining, record: EpochRecord, party: int) -> None:
    if (said.thread, said.record_hash, said.party) != (record.thread, record.hash, party) or party > 1:
        raise WrongHeader("the notice belongs to another thread, record or party")


def _decode_invited(body: bytes) -> Invitation:
    label = _labelled(body, INVITED)
    *common, target, sign, kem, history, shown = unframe(body, label, _INVITED_WIDTHS)
    thread, record_hash, party, notice_id, seen_seq, seen_head = common
    group, area, verified, words = unframe(shown, "pli1/shown", (None, None, 1, None))
    return Invitation(
        thread,
        record_hash,
        read_u8(party),
        notice_id,
        read_u64(seen_seq),
        seen_head,
        target,
        PublicPseudonym(sign, kem),
        _read_flag(history),
        Shown(read_utf8(group), read_utf8(area), _read_flag(verified), read_utf8(words)),
    )


def _decode_joined(body: bytes) -> Joining:
    label = _labelled(body, JOINED)
    thread, record_hash, party, notice_id, seen_seq, seen_head, invited = unframe(body, label, (*WIDTHS, None))
    return Joining(thread, record_hash, read_u8(party), notice_id, read_u64(seen_seq), seen_head, invited)


def _labelled(body: bytes, kind: str) -> str:
    """The label, if it is that of this kind: another notice stands in the place of this one."""
    label = f"pli1/{kind}"
    if label_of(body) != label:
        raise WrongHeader(f"a notice that is no {label} stands in its place")
    return label


def _read_flag(data: bytes) -> bool:
    flag = read_u8(data)
    if flag > 1:
        raise BadEncoding("a flag is 0 or 1")
    return bool(flag)
