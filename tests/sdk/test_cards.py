"""Released cards: what shows, and how a service that stood between the two sides is found out."""

import base64
import dataclasses
import json

import pytest

from messaging.domain.vocabulary import EventKind, MessageKind
from messaging.e2ee import epoch, errors
from messaging.e2ee.attestation import thumbprint
from messaging.e2ee.card import FIELDS, OpenedCard, open_card, seal_card
from messaging.e2ee.consent import verify_consent, verify_withdrawal
from messaging.e2ee.encoding import frame, u8
from messaging.e2ee.message import Place, seal_message
from messaging.e2ee.pseudonym import thread_slot
from messaging.e2ee.release import ReleasedCard
from messaging.e2ee.roster import record_words
from messaging.e2ee.suite import SigningKey, sha256
from messaging.wire.commands import ConsentGive
from pli_client import Card, CardsReleased, NotRendered, RevealedCard
from pli_client.consent import give, withdraw
from pli_client.log import ThreadLog
from tests.sdk.world import NOW, PLATFORM, PREKEY_INDEX, TRUST, ServiceLog, World

TEXT = "J’accepte que ma carte soit montrée."
DOCTOR = Card(name="Maïwenn Le Dantec", role="Médecin généraliste", phone="+33 6 39 98 00 01")
MAYOR = Card(name="Yves Kerhervé", role="Maire", email="maire@saint-aubin.example")


def consent(
    world: World, party: int, card: Card, fields: set[str], attestation: str | None = None
) -> tuple[bytes, ConsentGive]:
    return give(
        world.logs[party],
        card.shown(fields),
        text=TEXT,
        channel="sdk",
        attestation=attestation,
        now=NOW,
        msg_id=world.entropy(16),
        entropy=world.entropy,
    )


def escrowed(party: int, given: tuple[bytes, ConsentGive]) -> ReleasedCard:
    """What the service holds of a consent, and releases."""
    return ReleasedCard(party, given[0], given[1].payload, given[1].s_server)


def attest(world: World, party: int, *, exp: int = NOW // 1000 + 3600, jkt: str | None = None) -> str:
    """The platform's word for the mailbox of a side."""
    identity = world.keys(party).identity.sign.public
    header = {"alg": "EdDSA", "typ": "pli-attest+jwt"}
    claims = {
        "aud": "pli-attest",
        "iat": NOW // 1000 - 60,
        "exp": exp,
        "cnf": {"jkt": jkt or thumbprint(identity)},
        "profession": "médecin",
    }
    signed = ".".join(_base64url(json.dumps(part).encode()) for part in (header, claims))
    return f"{signed}.{_base64url(PLATFORM.sign(signed.encode()))}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def rotated(world: World) -> epoch.Opening:
    """Renewed keys of the doctor's side, with their wraps at both."""
    log = world.logs[0]
    made = epoch.make_rotation(
        log.epochs[-1].record,
        party=0,
        old=log.epochs[-1].own,
        new=world.doctor.pseudonym(thread_slot(world.thread, len(log.epochs))),
        thread_head=log.head,
        entropy=world.entropy,
    )
    for each in world.logs:
        each.epochs.add_wraps({made.record.n: made.wraps}, None)
    return made


def shown(log: ThreadLog) -> list[RevealedCard]:
    return [card for item in log.items if isinstance(item, CardsReleased) for card in item.cards]


def refusals(log: ThreadLog) -> list[Exception]:
    return [item.reason for item in log.items if isinstance(item, NotRendered)]


@pytest.fixture
def world() -> World:
    made = World()
    made.talk((0, "Bonjour"), (1, "Bonjour"))
    return made


def test_both_cards_appear_on_both_sides(world: World) -> None:
    doctor = consent(world, 0, DOCTOR, {"name", "phone"}, attest(world, 0))
    mayor = consent(world, 1, MAYOR, {"name"})
    entry = world.release(escrowed(1, mayor), escrowed(0, doctor))
    for party, log in enumerate(world.logs):
        log.append([entry])
        first, second = shown(log)
        assert (first.party, first.own, first.fields) == (
            0,
            party == 0,
            {"name": "Maïwenn Le Dantec", "phone": "+33 6 39 98 00 01"},
        )
        assert (second.party, second.own, second.fields) == (1, party == 1, {"name": "Yves Kerhervé"})
        assert first.attested is not None
        assert first.attested["profession"] == "médecin"
        assert second.attested is None
        assert (first.keys_verified, second.keys_verified) == (party == 1, False)


def test_a_card_waits_over_a_conversation_that_goes_on(world: World) -> None:
    doctor = consent(world, 0, DOCTOR, {"name"})
    world.talk((1, "Nous en parlons au conseil"), (0, "Bien"))
    mayor = consent(world, 1, MAYOR, {"name"})
    world.logs[1].append([world.release(escrowed(0, doctor), escrowed(1, mayor))])
    assert len(shown(world.logs[1])) == 2


def test_the_service_accepts_the_statement_and_the_withdrawal(world: World) -> None:
    card_id, command = consent(world, 0, DOCTOR, {"name", "role"})
    seat_key = world.doctor.pair.sign.public
    said = verify_consent(
        command.statement,
        command.signature,
        seat_key,
        thread=world.thread,
        record_0=world.opening.record.hash,
        party=0,
        payload=command.payload,
        s_server=command.s_server,
    )
    assert (said.card, said.bits, said.text_hash, said.time) == (card_id, 0b11, sha256(TEXT.encode()), NOW)
    taken_back = withdraw(world.logs[0], card_id, command.statement, NOW + 1)
    at = verify_withdrawal(taken_back.statement, taken_back.signature, seat_key, command.statement)
    assert at == NOW + 1


@pytest.mark.parametrize("fields", [set(), {"name", "pseudo"}, {"email"}])
def test_only_fields_that_the_card_has_can_be_consented(fields: set[str]) -> None:
    with pytest.raises(errors.BadCard):
        DOCTOR.shown(fields)


def test_the_fields_of_the_card_are_those_of_the_protocol() -> None:
    assert tuple(field.name for field in dataclasses.fields(Card)) == FIELDS


# What is not shown


def test_another_share_shows_nothing_of_the_release(world: World) -> None:
    """That card does not open, and the other one must not appear alone."""
    doctor, mayor = consent(world, 0, DOCTOR, {"name"}), consent(world, 1, MAYOR, {"name"})
    wrong = escrowed(0, doctor)._replace(s_server=b"\x01" * 32)
    world.logs[1].append([world.release(wrong, escrowed(1, mayor))])
    assert shown(world.logs[1]) == []
    assert [type(reason) for reason in refusals(world.logs[1])] == [errors.BadCard, errors.BadCard]


def test_a_later_card_appears_alone_once_both_sides_have_shown_one(world: World) -> None:
    first, mayor = consent(world, 0, DOCTOR, {"name"}), consent(world, 1, MAYOR, {"name"})
    world.logs[1].append([world.release(escrowed(0, first), escrowed(1, mayor))])
    world.logs[0].append(world.service.entries)
    world.logs[1].append([world.release(escrowed(0, consent(world, 0, DOCTOR, {"phone"})))])
    assert [card.party for card in shown(world.logs[1])] == [0, 1, 0]
    assert refusals(world.logs[1]) == []


def test_cards_whose_keys_are_no_longer_kept_do_not_take_the_others_with_them(world: World) -> None:
    """Retention deleted the wraps of an epoch: what appeared under a later one is still shown."""
    doctor = consent(world, 0, DOCTOR, {"name"})
    log = ThreadLog(world.logs[1].side, TRUST)
    log.epochs.add_wraps({}, PREKEY_INDEX)
    entry = world.service.add(EventKind.EPOCH, 0, rotated(world).signed)
    for each in world.logs:
        each.append([entry])
    log.epochs.add_wraps({1: world.logs[0].epochs._wraps[1]}, None)
    mayor = consent(world, 1, MAYOR, {"name"})
    world.release(escrowed(0, doctor), escrowed(1, mayor))
    log.append(world.service.entries)
    assert [card.party for card in shown(log)] == [1]
    assert errors.BadRecord in [type(reason) for reason in refusals(log)]


def test_a_card_of_another_thread_is_not_shown(world: World) -> None:
    other = World("other")
    foreign = escrowed(0, consent(other, 0, DOCTOR, {"name"}))
    world.logs[1].append([world.release(foreign)])
    assert shown(world.logs[1]) == []
    assert [type(reason) for reason in refusals(world.logs[1])] == [errors.WrongHeader]


def test_a_release_that_no_service_wrote_is_not_shown(world: World) -> None:
    doctor, mayor = consent(world, 0, DOCTOR, {"name"}), consent(world, 1, MAYOR, {"name"})
    entry = world.release(escrowed(0, doctor), escrowed(1, mayor))
    forged = world.service.add(EventKind.RELEASED, 0, entry.payload)
    world.logs[1].append([entry, forged])
    assert len(shown(world.logs[1])) == 2
    assert [type(reason) for reason in refusals(world.logs[1])] == [errors.BadCard]


@pytest.mark.parametrize(
    ("exp", "jkt"),
    [
        (NOW // 1000, None),
        (2**40, None),
        (NOW // 1000 + 3600, thumbprint(SigningKey(b"\x03" * 32).public)),
    ],
    ids=["expired", "for ever", "for another key"],
)
def test_a_card_whose_attestation_does_not_vouch_for_it_is_not_shown(world: World, exp: int, jkt: str | None) -> None:
    doctor = consent(world, 0, DOCTOR, {"name"}, attest(world, 0, exp=exp, jkt=jkt))
    world.logs[1].append([world.release(escrowed(0, doctor))])
    assert shown(world.logs[1]) == []
    assert [type(reason) for reason in refusals(world.logs[1])] == [errors.BadAttestation]


def test_an_attestation_that_was_valid_at_release_stays_so(world: World) -> None:
    """Time is that of the release: a card read again years later shows what it showed."""
    doctor = consent(world, 0, DOCTOR, {"name"}, attest(world, 0, exp=NOW // 1000 + 60))
    world.release(escrowed(0, doctor), escrowed(1, consent(world, 1, MAYOR, {"name"})))
    years_later = world.new_log(1)
    years_later.append(world.service.entries)
    assert shown(years_later)[0].attested is not None


def test_a_card_of_our_side_bound_by_a_foreign_identity_is_not_shown(world: World) -> None:
    stranger = World("stranger").doctor
    world.doctor.seeds = {0: stranger.seed}
    doctor = consent(world, 0, DOCTOR, {"name"})
    world.doctor.seeds = {0: World().doctor.seed}
    world.logs[0].append([world.release(escrowed(0, doctor))])
    assert shown(world.logs[0]) == []
    assert [type(reason) for reason in refusals(world.logs[0])] == [errors.BadCard]


class Interceptor:
    """A service that handed out a prekey of its own and stands between two threads, which it both reads.

    To the doctor it plays the town hall (`left`), to the town hall the doctor (`right`). It has every key but those of
    the two mailboxes' identities, and passes on what is said.
    """

    def __init__(self) -> None:
        self.left, self.right = World("left"), World("right")
        self.right.thread = self.left.thread
        self.right.town.shown_in.clear()  # the thread that the world began with never was
        self.right.opening = self.right.open_thread()
        self.right.service = ServiceLog(self.right.thread)
        self.right.service.add(EventKind.EPOCH, 0, self.right.opening.signed)
        self.right.logs = (self.right.new_log(0), self.right.new_log(1))
        for log in self.right.logs:
            log.append(self.right.service.entries)

    def pass_on(self, released: ReleasedCard, came_from: World, to: World) -> ReleasedCard:
        """Opens a card with the keys of one thread and seals the same content under the other's."""
        sink, opened = to.logs[released.party], self._open(released, came_from)
        header = sink.header(MessageKind.CARD, to.entropy(16))
        payload = seal_message(
            header,
            opened.message.content,
            epoch_secret=sink.epochs[0].opened_secret(),
            signing=sink.epochs[0].own.sign,
            seen_seq=sink.seq,
            seen_head=sink.head,
            tag=lambda *_: opened.message.tag,
            entropy=to.entropy,
        )
        return released._replace(payload=payload)

    def make_anew(self, released: ReleasedCard, came_from: World, to: World) -> ReleasedCard:
        """Makes a card of its own with what it read in another, bound by an identity of its own."""
        sink, opened = to.logs[released.party], self._open(released, came_from)
        made = seal_card(
            sink.header(MessageKind.CARD, to.entropy(16)),
            opened.fields,
            record_0=sink.epochs[0].record.hash,
            identity=SigningKey(b"\x66" * 32),
            attestation="",
            epoch_secret=sink.epochs[0].opened_secret(),
            signing=sink.epochs[0].own.sign,
            seen_seq=sink.seq,
            seen_head=sink.head,
            tag=lambda header, salt: opened.message.tag,
            entropy=to.entropy,
        )
        return ReleasedCard(released.party, made.card, made.payload, made.s_server)

    def _open(self, released: ReleasedCard, came_from: World) -> OpenedCard:
        epoch = came_from.logs[released.party].epochs[0]
        return open_card(
            released.payload,
            released.s_server,
            card=released.card,
            place=Place(came_from.thread, 0, epoch.record.hash, released.party),
            record_0=epoch.record.hash,
            epoch_secret=epoch.opened_secret(),
            author_sign_pk=epoch.record.parties[released.party].sign,
        )


def test_a_prekey_swapped_by_the_service_is_found_at_release_by_both_sides() -> None:
    between = Interceptor()
    left, right = between.left, between.right
    doctor = escrowed(0, consent(left, 0, DOCTOR, {"name"}))
    mayor = escrowed(1, consent(right, 1, MAYOR, {"name"}))
    to_town = right.release(between.pass_on(doctor, left, right), mayor)
    to_doctor = left.release(doctor, between.pass_on(mayor, right, left))
    right.logs[1].append([to_town])
    left.logs[0].append([to_doctor])
    for log in (right.logs[1], left.logs[0]):
        assert shown(log) == []
        (reason,) = refusals(log)
        assert isinstance(reason, errors.SwappedPrekey)


@pytest.mark.attack("stands between, and makes the cards anew without their attestations")
def test_an_interceptor_who_drops_the_attestation_verifies_no_keys_and_changes_the_words() -> None:
    """It re-makes both cards under an identity of its own: the binding holds; only the platform's word is missing."""
    between = Interceptor()
    left, right = between.left, between.right
    doctor = escrowed(0, consent(left, 0, DOCTOR, {"name"}, attest(left, 0)))
    mayor = escrowed(1, consent(right, 1, MAYOR, {"name"}, attest(right, 1)))
    right.logs[1].append([right.release(between.make_anew(doctor, left, right), mayor)])
    left.logs[0].append([left.release(doctor, between.make_anew(mayor, right, left))])
    for party, log in enumerate((left.logs[0], right.logs[1])):
        (foreign,) = (card for card in shown(log) if not card.own)
        assert foreign.party == 1 - party
        assert (foreign.attested, foreign.keys_verified) == (None, False)
    assert left.opening.record.hash != right.opening.record.hash
    assert record_words(left.opening.record.hash) != record_words(right.opening.record.hash)


def test_the_interceptor_is_found_only_by_the_binding() -> None:
    """The control: within one honest thread the same passing on is accepted, so it is the binding that finds it."""
    world = World("honest")
    between = Interceptor()
    doctor, mayor = escrowed(0, consent(world, 0, DOCTOR, {"name"})), escrowed(1, consent(world, 1, MAYOR, {"name"}))
    world.logs[1].append([world.release(between.pass_on(doctor, world, world), mayor)])
    assert [card.fields for card in shown(world.logs[1])] == [{"name": "Maïwenn Le Dantec"}, {"name": "Yves Kerhervé"}]


def test_a_release_of_nothing_is_not_shown(world: World) -> None:
    payload = frame("pli1/released", frame("pli1/released-card", u8(2), bytes(16), b"", bytes(32)))
    world.logs[1].append([world.service.add(EventKind.RELEASED, 255, payload)])
    assert [type(reason) for reason in refusals(world.logs[1])] == [errors.BadCard]


def test_a_fault_while_reading_one_card_ends_neither_the_other_nor_the_log(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever finds a card that this package stumbles over must not end the other side's client with it."""
    monkeypatch.setattr("pli_client.cards.verify_attestation", lambda *given: str(1 // 0))
    doctor, mayor = consent(world, 0, DOCTOR, {"name"}, attest(world, 0)), consent(world, 1, MAYOR, {"name"})
    world.logs[1].append([world.release(escrowed(0, doctor), escrowed(1, mayor))])
    assert [card.party for card in shown(world.logs[1])] == [1]
    assert [type(reason) for reason in refusals(world.logs[1])] == [errors.BadMessage]
    world.logs[0].append(world.service.entries)
    world.talk((1, "La suite"))
    assert world.logs[1].evidence is None


def test_an_attestation_that_is_no_ascii_is_not_shown(world: World) -> None:
    header, *_ = attest(world, 0).split(".")
    doctor = consent(world, 0, DOCTOR, {"name"}, f"{header}.é.{_base64url(bytes(64))}")
    world.logs[1].append([world.release(escrowed(0, doctor))])
    assert shown(world.logs[1]) == []
    (reason,) = refusals(world.logs[1])
    assert isinstance(reason, errors.BadMessage | errors.BadAttestation)


def test_a_card_that_was_withdrawn_before_its_release_is_refused_by_its_own_side(world: World) -> None:
    """The service said that it destroyed the card, and kept it: whoever withdrew it is told; the peer cannot know."""
    doctor, mayor = consent(world, 0, DOCTOR, {"name"}), consent(world, 1, MAYOR, {"name"})
    world.logs[0].withdrawn.add(doctor[0])
    entry = world.release(escrowed(0, doctor), escrowed(1, mayor))
    for log in world.logs:
        log.append([entry])
    assert [type(reason) for reason in refusals(world.logs[0])] == [errors.BadConsent]
    assert [card.fields for card in shown(world.logs[0])] == [{"name": "Yves Kerhervé"}]
    assert len(shown(world.logs[1])) == 2
