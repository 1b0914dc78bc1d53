"""Plays everybody of one whole conversation, with fresh randomness. What is made beside the bytes, a reader must find.

A person with a vault, whose seat was admitted to a mailbox that then rotated its seed; a peer who opens a thread with
one of its prekeys; messages, a rotation, a notice, both cards. `clients/web/src/e2ee/testing/conversation-make.ts` does
the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from os import urandom
from typing import Any

from messaging.e2ee import (
    account,
    card,
    chain,
    content,
    desk,
    epoch,
    generations,
    mailbox,
    message,
    notice,
    pseudonym,
    recovery,
    roster,
    vault,
)
from messaging.e2ee.attestation import thumbprint
from messaging.e2ee.jwt import to_base64url
from messaging.e2ee.pseudonym import Pseudonym
from messaging.e2ee.release import ReleasedCard, make_released
from messaging.e2ee.stamp import Stamper
from messaging.e2ee.suite import SigningKey
from messaging.e2ee.vault import Checkpoint, Vault
from messaging.e2ee.verified_log import LogEvent
from tests.web import conversation_report
from tests.web.conversation import AUDIENCE, NOW_S, Made, Person, hexed

TEXTS = ["Bonjour, « l’étude » est-elle libre ?", "Oui, dès janvier."]


def new_id() -> bytes:
    return urandom(16)


@dataclass
class Log:
    """The service: orders and stamps."""

    service: bytes = field(default_factory=new_id)
    thread: bytes = field(default_factory=new_id)
    stamper: Stamper = field(default_factory=lambda: Stamper(SigningKey(urandom(32))))
    events: list[LogEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.heads = [chain.head0(self.service, self.thread)]

    @property
    def head(self) -> bytes:
        return self.heads[-1]

    @property
    def seq(self) -> int:
        return len(self.events)

    def append(self, kind: str, party: int, payload: bytes) -> None:
        seq, time = self.seq + 1, NOW_S * 1000 + self.seq
        self.heads.append(chain.next_head(self.head, seq, time, kind, party, chain.digest(kind, party, payload)))
        (proof,) = self.stamper.stamp([(self.thread, seq, self.head)])
        self.events.append(LogEvent(seq, time, kind, party, payload, proof))


def make() -> tuple[Made, Made]:
    """All bytes that a reader gets, as hex, and what it must find."""
    vaulted, person, kept = _make_person()
    target, index = new_id(), 3_000_000_000
    own = pseudonym.derive(person.seed, pseudonym.prekey_slot(target, index))
    talk = _Talk(person, own)
    talk.play()
    identity = mailbox.identity(person.seed, person.box, person.state.g)
    made = {
        "vault": vaulted,
        "mailbox": kept,
        "prekey": {
            "target": target,
            "index": index,
            "sign": own.public.sign,
            "kem": own.public.kem,
            "own": pseudonym.own_signature(identity.sign, person.box, own.public),
        },
        "thread": talk.made(),
        "reported": talk.report(),
    }
    expected = {
        "account_seed": person.account_seed,
        "seeds": [person.seeds[g] for g in sorted(person.seeds)],
        "note": "À rappeler lundi",
        "texts": TEXTS,
        "seats": [person.seat],
        "asked": talk.asked,
        "reported": ["payment", conversation_report.WORDS, *TEXTS],
        "cards": [
            {"party": 0, "fields": {"name": "Maïa Le Goff", "email": "maia@example.fr"}, "profession": "médecin"},
            {"party": 1, "fields": {"name": "Jean Poupart", "role": "maire"}, "profession": ""},
        ],
    }
    return hexed(made), hexed(expected)


def _make_person() -> tuple[Made, Person, Made]:
    account_seed, account_id, box, seat = urandom(32), new_id(), new_id(), new_id()
    founder, founder_seat = account.seat_keys(urandom(32), box), new_id()
    first = mailbox.new_seed(urandom)
    identity = mailbox.identity(first, box, 0)
    records = [
        roster.make_create(
            mailbox=box, seat=founder_seat, sign=founder.sign, kem_pk=founder.kem.public, role="secretary",
            identity=identity, sc=mailbox.seed_check(first, box, 0),
        )
    ]  # fmt: skip
    keys = account.seat_keys(account_seed, box)
    state = roster.replay(records, box)
    records.append(
        roster.make_admit(
            state, seat=seat, sign_pk=keys.sign.public, kem_pk=keys.kem.public, role="mayor", admin=True,
            signer=founder_seat, signer_key=founder.sign,
        )
    )  # fmt: skip
    state = roster.replay(records, box)
    made = generations.next_generation(state, first, urandom)
    records.append(
        roster.make_rotate(
            state, identity=made.identity, sc=made.sc, signer=founder_seat, signer_key=founder.sign
        )
    )  # fmt: skip
    state = roster.replay(records, box)
    wrap = mailbox.wrap_seed(made.seed, keys.kem.public, box, 1, seat, state.head)
    entry = new_id()
    note = desk.encode_note(new_id(), "À rappeler lundi")
    kept = {
        "id": box,
        "seat": seat,
        "records": records,
        "wrap": wrap,
        "prevs": [made.prev],
        "entry": entry,
        "blob": mailbox.seal_entry(made.seed, box, 1, entry, note, urandom),
    }
    opened = Vault(account_seed, {("roster", box): state.root}, {("roster", box): Checkpoint(state.index, state.head)})
    vk, wrap_id, code = urandom(32), new_id(), recovery.new_code(urandom)
    key = recovery.recovery_key(recovery.parse_code(code), account_id)
    vaulted = {
        "account": account_id,
        "version": 7,
        "blob": vault.seal_vault(opened, vk, account_id, 7, urandom),
        "wrap_id": wrap_id,
        "wrap": vault.wrap_key(vk, key, account_id, vault.RECOVERY, wrap_id, urandom),
        "code": code,
    }
    return vaulted, Person(account_seed, box, seat, state, {0: first, 1: made.seed}), kept


class _Talk:
    """Both sides of the thread: the peer opens it as party 0, the person answers as party 1."""

    def __init__(self, person: Person, own: Pseudonym) -> None:
        self.person = person
        self.log = Log()
        self.platform = SigningKey(urandom(32))
        self.peer_box, self.peer_seed = new_id(), mailbox.new_seed(urandom)
        peer = pseudonym.derive(self.peer_seed, pseudonym.thread_slot(self.log.thread, 0))
        self.sides = [peer, own]
        self.opening = epoch.make_first(
            thread=self.log.thread, head_0=self.log.head, initiator=peer, recipient=own.public, entropy=urandom
        )
        self.wraps = [self.opening.wraps]
        self.epochs = [(self.opening.record, self.opening.epoch_secret)]
        self.record_0 = self.opening.record.hash
        self.asked = new_id()

    def play(self) -> None:
        self.log.append("epoch", 0, self.opening.signed)
        self.say(0, TEXTS[0])
        self.renew()
        self.say(1, TEXTS[1])
        self.ask()
        self.show()

    def _header(self, kind: str, party: int) -> bytes:
        record = self.opening.record
        return message.header(kind, self.log.thread, record.n, record.hash, party, new_id())

    def _sealing(self, party: int) -> dict[str, Any]:
        person = self.person
        tag: Callable[[bytes, bytes], bytes] = partial(
            _tag, *((person.seed, person.seat, person.state.head) if party else (self.peer_seed, new_id(), urandom(32)))
        )
        return {
            "epoch_secret": self.opening.epoch_secret,
            "signing": self.sides[party].sign,
            "seen_seq": self.log.seq,
            "seen_head": self.log.head,
            "tag": tag,
            "entropy": urandom,
        }

    def say(self, party: int, text: str) -> None:
        header = self._header("text", party)
        payload = message.seal_message(header, content.encode_text(text), **self._sealing(party))
        self.log.append("message", party, payload)

    def renew(self) -> None:
        slot = pseudonym.thread_slot(self.log.thread, self.opening.record.n + 1)
        new = pseudonym.derive(self.person.seed, slot)
        self.opening = epoch.make_rotation(
            self.opening.record, party=1, old=self.sides[1], new=new, thread_head=self.log.head, entropy=urandom
        )
        self.sides[1] = new
        self.wraps.append(self.opening.wraps)
        self.epochs.append((self.opening.record, self.opening.epoch_secret))
        self.log.append("epoch", 1, self.opening.signed)

    def ask(self) -> None:
        said = notice.Notice(
            "asked", self.log.thread, self.opening.record.hash, 0, self.asked, self.log.seq, self.log.head
        )
        self.log.append("asked", 0, notice.make_notice(said, self.sides[0].sign))

    def show(self) -> None:
        peer = mailbox.identity(self.peer_seed, self.peer_box, 0).sign
        mine = mailbox.identity(self.person.seed, self.person.box, self.person.state.g).sign
        shown = [
            self._card(0, {"name": "Maïa Le Goff", "email": "maia@example.fr"}, peer, self._attest(peer)),
            self._card(1, {"name": "Jean Poupart", "role": "maire"}, mine, ""),
        ]
        self.log.append("released", 255, make_released(shown))

    def _card(self, party: int, fields: Mapping[str, str], identity: SigningKey, attestation: str) -> ReleasedCard:
        sealed = card.seal_card(
            self._header("card", party),
            fields,
            record_0=self.record_0,
            identity=identity,
            attestation=attestation,
            **self._sealing(party),
        )
        return ReleasedCard(party, sealed.card, sealed.payload, sealed.s_server)

    def _attest(self, identity: SigningKey) -> str:
        claims = (
            f'{{"aud":"{AUDIENCE}","iat":{NOW_S - 60},"exp":{NOW_S + 86_400},"profession":"médecin",'
            f'"cnf":{{"jkt":"{thumbprint(identity.public)}"}}}}'
        )
        parts = [to_base64url(part.encode()) for part in ('{"typ":"pli-attest+jwt","alg":"EdDSA"}', claims)]
        signature = self.platform.sign(".".join(parts).encode())
        return ".".join((*parts, to_base64url(signature)))

    def report(self) -> Made:
        """The person shows moderators what both sides wrote."""
        log = self.log
        return conversation_report.make(log.service, log.events, log.heads, self.epochs, self.sides[1].sign)

    def made(self) -> Made:
        return {
            "service": self.log.service,
            "thread": self.log.thread,
            "stamp": self.log.stamper.public,
            "platform": self.platform.public,
            "wraps": [list(wraps) for wraps in self.wraps],
            "events": [each._asdict() for each in self.log.events],
        }


def _tag(seed: bytes, seat: bytes, head: bytes, header: bytes, salt: bytes) -> bytes:
    return message.seat_tag(seed, header, salt, seat, head)
