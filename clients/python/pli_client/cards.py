"""Released cards, verified as SPEC.md section 9.6 says. Pure.

A swapped prekey concerns the whole thread: then no card of the release is shown, whoever's it is. Nor is any where one
side's cards alone open: the service broke the exchange. Any other refusal concerns its own card.
"""

from collections.abc import Container, Mapping, Sequence

from messaging.e2ee import card
from messaging.e2ee.attestation import verify_attestation
from messaging.e2ee.card import OpenedCard
from messaging.e2ee.errors import BadCard, BadConsent, E2EEError, Fork, Repeated, SwappedPrekey
from messaging.e2ee.message import Place
from messaging.e2ee.release import ReleasedCard
from messaging.e2ee.thread_log import ThreadChain
from messaging.e2ee.verified_log import LogEvent
from pli_client.epochs import Epochs
from pli_client.trust import Trust
from pli_client.views import RevealedCard, unreadable


def open_release(
    released: Sequence[ReleasedCard],
    event: LogEvent,
    epochs: Epochs,
    chain: ThreadChain,
    trust: Trust,
    withdrawn: Container[bytes] = (),
) -> tuple[tuple[RevealedCard, ...], list[E2EEError]]:
    """The cards of a release that verify, and why the others do not. `withdrawn`: own cards that must not appear.

    Raises: Fork, when a card's author saw another history.
    """
    verified: list[tuple[ReleasedCard, RevealedCard]] = []
    refusals: list[E2EEError] = []
    opening: set[int] = set()
    for item in released:
        try:
            place = chain.card_place(item)
            if epochs[place.epoch].secret is None:
                # Its key is no longer kept: it may have opened when it appeared.
                opening.add(item.party)
            opened = _open(item, place, epochs)
            opening.add(item.party)
            chain.check_seen(event.seq, opened.message.seen_seq, opened.message.seen_head)
            if item.party == epochs.side.party and item.card in withdrawn:
                raise BadConsent("the service released a card of ours whose consent it had confirmed as withdrawn")
            verified.append((item, _card(item, opened, event.time, epochs, trust)))
        except Fork:
            raise
        except SwappedPrekey as swapped:
            return (), [swapped]
        except E2EEError as refusal:
            refusals.append(refusal)
        except Exception as fault:
            # A fault of this package must not take the other cards of the release with it.
            refusals.append(unreadable(fault))
    try:
        chain.check_exchange(opening)
    except BadCard as broken:
        return (), [*refusals, broken] if verified else refusals
    return _taken(verified, event, chain, refusals), refusals


def _taken(
    verified: Sequence[tuple[ReleasedCard, RevealedCard]],
    event: LogEvent,
    chain: ThreadChain,
    refusals: list[E2EEError],
) -> tuple[RevealedCard, ...]:
    """The cards whose ids were not used before; the others are refused."""
    shown: list[RevealedCard] = []
    for item, card_shown in verified:
        try:
            chain.take_card(event.seq, item)
        except Repeated as refusal:
            refusals.append(refusal)
        else:
            shown.append(card_shown)
    return tuple(shown)


def _open(item: ReleasedCard, place: Place, epochs: Epochs) -> OpenedCard:
    """Opens a card under its own header's epoch, and its binding against the records as this side has them."""
    epoch = epochs[place.epoch]
    return card.open_card(
        item.payload,
        item.s_server,
        card=item.card,
        place=place,
        record_0=epochs[0].record.hash,
        epoch_secret=epoch.opened_secret(),
        author_sign_pk=epoch.record.parties[item.party].sign,
    )


def _card(item: ReleasedCard, opened: OpenedCard, at: int, epochs: Epochs, trust: Trust) -> RevealedCard:
    side = epochs.side
    own = item.party == side.party
    if own and opened.identity_public not in side.keys.identities():
        raise BadCard("a card of our side is bound by an identity that is not our mailbox's")
    return RevealedCard(
        thread=side.thread,
        card=item.card,
        party=item.party,
        own=own,
        fields=opened.fields,
        attested=_attested(opened, at, trust),
    )


def _attested(opened: OpenedCard, at: int, trust: Trust) -> Mapping[str, object] | None:
    """The attested claims, valid when the cards appeared; None where nothing is attested. Raises: BadAttestation."""
    if opened.attestation is None or trust.platform_key is None:
        return None
    now_s = at // 1000
    return verify_attestation(
        opened.attestation, trust.platform_key, trust.attestation_audience, now_s, opened.identity_public
    )
