"""The person of a made conversation on a new device, with the recovery code and what the service keeps.

`clients/web/src/e2ee/testing/conversation-read.ts` does the same.
"""

from collections.abc import Mapping, Sequence

from messaging.e2ee import (
    account,
    card,
    content,
    desk,
    epoch,
    generations,
    mailbox,
    message,
    pseudonym,
    recovery,
    roster,
    vault,
)
from messaging.e2ee.attestation import verify_attestation
from messaging.e2ee.message import Place
from messaging.e2ee.pseudonym import Pseudonym
from messaging.e2ee.release import ReleasedCard
from messaging.e2ee.thread_log import ThreadChain
from messaging.e2ee.verified_log import LogEvent, PlatformKey
from tests.web import conversation_report
from tests.web.conversation import AUDIENCE, Made, Person, hexed, raw


def read(made: Made) -> Made:
    """What the person finds with the recovery code and what the service keeps."""
    account_seed = _open_vault(made["vault"])
    person = _open_mailbox(made["mailbox"], account_seed)
    kept = made["mailbox"]
    note = desk.decode_desk(mailbox.open_entry(person.seed, person.box, 1, raw(kept["entry"]), raw(kept["blob"])))
    assert isinstance(note, desk.Note)
    first = _prekey(made["prekey"], person)
    found: Made = hexed(
        {
            "account_seed": account_seed,
            "seeds": [person.seeds[g] for g in sorted(person.seeds)],
            "note": note.text,
            **_read_thread(made["thread"], person, first),
            "reported": conversation_report.read(made["reported"], made["thread"], _events(made["thread"])),
        }
    )
    return found


def _open_vault(kept: Made) -> bytes:
    who = raw(kept["account"])
    key = recovery.recovery_key(recovery.parse_code(kept["code"]), who)
    vk = vault.unwrap_key(raw(kept["wrap"]), key, who, vault.RECOVERY, raw(kept["wrap_id"]))
    return vault.open_vault(raw(kept["blob"]), vk, who, kept["version"]).account_seed


def _open_mailbox(kept: Made, account_seed: bytes) -> Person:
    box, seat = raw(kept["id"]), raw(kept["seat"])
    keys = account.seat_keys(account_seed, box)
    state = roster.replay([raw(each) for each in kept["records"]], box)
    seed = mailbox.open_seed(keys.kem, raw(kept["wrap"]), box, state.g, seat, state.head, state.sc)
    prevs = {g: raw(prev) for g, prev in enumerate(kept["prevs"], start=1)}
    return Person(account_seed, box, seat, state, generations.open_generations(state, seed, prevs))


def _prekey(kept: Made, person: Person) -> Pseudonym:
    found = pseudonym.derive(person.seed, pseudonym.prekey_slot(raw(kept["target"]), kept["index"]))
    assert (found.public.sign, found.public.kem) == (raw(kept["sign"]), raw(kept["kem"]))
    pseudonym.verify_own(person.state.identity_sign, person.box, *found.public, raw(kept["own"]))
    return found


def _read_thread(kept: Made, person: Person, first: Pseudonym) -> Made:
    thread = raw(kept["thread"])
    platform = PlatformKey(raw(kept["platform"]), AUDIENCE)
    log = ThreadChain(
        service=raw(kept["service"]), thread=thread, stamp_public=raw(kept["stamp"]), recipient=first.public,
        platform=platform,
    )  # fmt: skip
    events = _events(kept)
    log.verify_range(events)
    own = [first, pseudonym.derive(person.seed, pseudonym.thread_slot(thread, 1))]
    secrets = [
        epoch.open_epoch(record, (raw(wraps[0]), raw(wraps[1])), 1, keys.kem)
        for record, wraps, keys in zip(log.records, kept["wraps"], own, strict=True)
    ]
    return _Reader(log, secrets, person, platform).read(events)


def _events(kept: Made) -> list[LogEvent]:
    return [
        LogEvent(**{**each, "payload": raw(each["payload"]), "proof": raw(each["proof"])}) for each in kept["events"]
    ]


class _Reader:
    def __init__(self, log: ThreadChain, secrets: Sequence[bytes], person: Person, platform: PlatformKey) -> None:
        self.log, self.secrets, self.person, self.platform = log, secrets, person, platform
        self.found: Made = {"texts": [], "seats": [], "asked": b"", "cards": []}

    def read(self, events: Sequence[LogEvent]) -> Made:
        for event in events:
            if event.kind == "message":
                self._message(event)
            elif event.kind == "asked":
                said = self.log.check_notice(event)
                self.log.check_seen(event.seq, said.seen_seq, said.seen_head)
                self.log.take_notice(event.seq, said)
                self.found["asked"] = said.id
            elif event.kind == "released":
                self.found["cards"] = [self._card(event, each) for each in self.log.check_release(event)]
        return self.found

    def _author(self, place: Place) -> bytes:
        return self.log.records[place.epoch].parties[place.party].sign

    def _message(self, event: LogEvent) -> None:
        place = self.log.check_message(event)
        opened = message.open_message(event.payload, self.secrets[place.epoch], self._author(place), place)
        self.log.check_seen(event.seq, opened.seen_seq, opened.seen_head)
        self.log.take_message(event)
        said = content.decode_content(opened.content)
        assert isinstance(said, content.Text)
        self.found["texts"].append(said.text)
        if event.party == 1:
            parts = message.parse_payload(event.payload)
            seat, head = message.open_seat_tag(self.person.seed, parts.header_bytes, parts.salt, opened.tag)
            assert self.person.state.was_seated(seat, head)
            self.found["seats"].append(seat)

    def _card(self, event: LogEvent, released: ReleasedCard) -> Made:
        place = self.log.card_place(released)
        opened = card.open_card(
            released.payload, released.s_server, card=released.card, place=place, record_0=self.log.records[0].hash,
            epoch_secret=self.secrets[place.epoch], author_sign_pk=self._author(place),
        )  # fmt: skip
        self.log.check_seen(event.seq, opened.message.seen_seq, opened.message.seen_head)
        self.log.take_card(event.seq, released)
        claims: Mapping[str, object] = {}
        if opened.attestation is not None:
            claims = verify_attestation(
                opened.attestation, self.platform.public, AUDIENCE, event.time // 1000, opened.identity_public
            )
        return {
            "party": released.party,
            "fields": dict(opened.fields),
            "profession": claims.get("profession", ""),
        }
