"""Seats: founding a mailbox, asking for a seat, admitting one; and the roster, verified on every reading.

SPEC.md section 4. Pins live in the vault: the roster's root, the furthest head that was seen, and the record that
seated us. A roster that does not lead through them is refused; a seed is taken only when the roster vouches for it.
"""

from collections.abc import Sequence

from messaging.e2ee import kit, mailbox, recovery, roster, roster_record
from messaging.e2ee.account import SeatKeyPair, seat_keys
from messaging.e2ee.entropy import Entropy, draw
from messaging.e2ee.errors import BadRoster, BadSeal, BadSeed
from messaging.e2ee.generations import open_generations
from messaging.e2ee.roster import RosterState, SeatKeys
from messaging.wire.rest import PendingSeat, RosterAppend, RosterView, SeatRequest, SeedWrap
from messaging.wire.types import SeatView
from pli_client import local, removing
from pli_client.errors import NotSeated, ResetUnaccepted, WordsDiffer
from pli_client.http import Api
from pli_client.keys import MailboxKeys
from pli_client.roots import Roots
from pli_client.storage import Storage
from pli_client.vault import SEAT, VaultKeeper
from pli_client.views import SeatAsked, SeatDeparted


class Seating:
    """What one account does with the rosters of its mailboxes."""

    def __init__(self, api: Api, keeper: VaultKeeper, storage: Storage, entropy: Entropy) -> None:
        self._api = api
        self._keeper = keeper
        self._storage = storage
        self._entropy = entropy
        self._roots = Roots(keeper)
        self._taken: dict[bytes, bytes] = {}
        """The head that the service took from us last, by mailbox: a roster without it suppresses what we did."""

    async def found(self, view: SeatView, *, after_reset: bool = False) -> None:
        """Founds a mailbox: draws its seed, signs record 0, wraps the seed to the own seat.

        `after_reset`: whether the person knows that it was there before, and begins anew.
        Raises: ProblemError `stale_head` when somebody was faster: ask for a seat instead; ResetUnaccepted.
        """
        if self._roots.of(view.mailbox) and not after_reset:
            raise ResetUnaccepted("this account saw this mailbox before: it is founded again only after a reset")
        pair = self._pair(view.mailbox)
        seat, seed = draw(self._entropy, 16), mailbox.new_seed(self._entropy)
        signed = roster.make_create(
            mailbox=view.mailbox,
            seat=seat,
            sign=pair.sign,
            kem_pk=pair.kem.public,
            role=view.role,
            identity=mailbox.identity(seed, view.mailbox, 0),
            sc=mailbox.seed_check(seed, view.mailbox, 0),
        )
        state = roster.apply(None, signed)
        await self._append(state, signed, self._wrap(state, seed, seat, pair.kem.public))
        self._roots.accept(view.mailbox, state.root)

    async def accept_reset(self, mailbox_id: bytes) -> None:
        """Follows the roster that the service shows now. Raises: BadRoster, ProblemError, Unreachable."""
        state = roster.replay((await self._api.roster(mailbox_id)).records, mailbox_id)
        self._roots.accept(mailbox_id, state.root)
        self._taken.pop(mailbox_id, None)

    async def ask(self, view: SeatView) -> tuple[str, ...]:
        """Asks for a seat, or again if it waits already; returns the twelve words to compare with an administrator.

        The words hold for the roster of this moment: when somebody else was admitted in between, ask again. Who was
        admitted meanwhile asks for nothing: what counts then is the head for which this device showed its words.
        """
        _, state = await self._roster(view.mailbox)
        pair = self._pair(view.mailbox)
        if _is_seated(state, view.seat, pair):
            shown_head = await self._shown_head(view.mailbox, view.seat)
            if shown_head is None:
                raise NotSeated("this device did not show the words of this seat: nobody compared them")
            return roster.words(view.mailbox, shown_head, pair.sign.public, pair.kem.public)
        seat = view.seat or draw(self._entropy, 16)
        await local.save(self._storage, local.SEATS + view.mailbox.hex(), local.Asked(seat, state.head))
        await self._api.ask_seat(view.mailbox, SeatRequest(seat, pair.sign.public, pair.kem.public))
        return roster.words(view.mailbox, state.head, pair.sign.public, pair.kem.public)

    async def read(self, view: SeatView) -> MailboxKeys:
        """Reads the roster and the seed of a mailbox in which this account has an active seat.

        Raises: BadRoster, BadSeed, BadSeal, NotSeated, ProblemError, Unreachable.
        """
        if view.seat is None or view.state != "active":
            raise NotSeated("no administrator admitted this seat yet")
        answer, state = await self._roster(view.mailbox)
        pair = self._pair(view.mailbox)
        entry = await self._own_entry(state, view.seat, pair)
        seeds = _seeds(answer, state, view.seat, pair)
        self._roots.keep(state)
        self._keeper.set_pin(SEAT, view.seat, entry.record_hash)
        was_reset = answer.anew or len(self._roots.of(view.mailbox)) > 1
        return MailboxKeys(view.mailbox, view.seat, pair, state, seeds, was_reset=was_reset)

    async def pending(self, keys: MailboxKeys) -> list[SeatAsked]:
        """Who asks for a seat, with the words to compare on the roster that `keys` holds."""
        return [waiting for waiting in await self.waiting(keys) if isinstance(waiting, SeatAsked)]

    async def waiting(self, keys: MailboxKeys) -> list[SeatAsked | SeatDeparted]:
        """What waits for an administrator: who asks for a seat, and who left and is still on the roster."""
        answer = await self._api.pending_seats(keys.mailbox)
        asked = [SeatAsked(keys.mailbox, p.seat, p.role, _words(keys.roster, p)) for p in answer.pending]
        left = [SeatDeparted(keys.mailbox, gone.seat) for gone in answer.departed if gone.seat in keys.roster.seats]
        return [*asked, *left]

    async def admit(self, keys: MailboxKeys, seat: bytes, words: tuple[str, ...], *, admin: bool) -> None:
        """Admits whoever shows exactly these words on their screen, and wraps the seed to them.

        Raises: WordsDiffer, NotSeated (nobody asks under this seat), ProblemError `stale_head` (compare again).
        """
        answer = await self._api.pending_seats(keys.mailbox)
        asking = next((each for each in answer.pending if each.seat == seat), None)
        if asking is None:
            raise NotSeated("nobody asks for this seat")
        if _words(keys.roster, asking) != tuple(words):
            raise WordsDiffer("the words are not those of the keys that the service shows: do not admit")
        signed = roster.make_admit(
            keys.roster,
            seat=seat,
            sign_pk=asking.sign_pk,
            kem_pk=asking.kem_pk,
            role=asking.role,
            admin=admin,
            signer=keys.seat,
            signer_key=keys.pair.sign,
        )
        state = roster.apply(keys.roster, signed)
        await self._append(state, signed, self._wrap(state, keys.seed, seat, asking.kem_pk))

    async def remove(self, keys: MailboxKeys, seat: bytes | None) -> None:
        """Ends a seat of the roster that `keys` holds, or nobody's (None), and renews the seed, in one command.

        Raises: BadRoster, ProblemError (`stale_head`, `busy`: read the roster again and try again), Unreachable.
        """
        targets = [own.target for own in (await self._api.targets(keys.mailbox)).targets]
        command = removing.make(keys, seat, targets, self._entropy)
        await self._api.remove(keys.mailbox, command)
        self._taken[keys.mailbox] = roster_record.parse_signed(command.rotate)[0].hash

    async def admit_kit(self, keys: MailboxKeys) -> str:
        """Seats a printed kit; returns its code, which nobody keeps. Raises: ProblemError, Unreachable."""
        code = recovery.new_code(self._entropy)
        pair = _kit_pair(code, keys.roster)
        seat = draw(self._entropy, 16)
        signed = roster.make_admit(
            keys.roster,
            seat=seat,
            sign_pk=pair.sign.public,
            kem_pk=pair.kem.public,
            role=roster.KIT,
            admin=True,
            signer=keys.seat,
            signer_key=keys.pair.sign,
        )
        state = roster.apply(keys.roster, signed)
        await self._append(state, signed, self._wrap(state, keys.seed, seat, pair.kem.public))
        return code

    async def enter_with_kit(self, view: SeatView, code: str) -> None:
        """Admits this account's own seat, as an administrator, in the name of the mailbox's printed kit.

        Raises: WrongRecoveryCode, BadRoster (no seat of this roster is that kit's), BadSeed, BadSeal, ProblemError
        (`stale_head`: try again).
        """
        answer, state = await self._roster(view.mailbox)
        kit_pair = _kit_pair(code, state)
        kit_seat = next(
            (s for s, k in state.seats.items() if k.role == roster.KIT and k.sign_pk == kit_pair.sign.public), None
        )
        if kit_seat is None:
            raise BadRoster("no seat of this mailbox is that kit's: it was removed, or is another mailbox's")
        seed = _wrapped_seeds(answer.kits, state, kit_seat, kit_pair).get(state.g)
        if seed is None:
            raise BadSeed("the mailbox's seed was not wrapped to the kit")
        pair = self._pair(view.mailbox)
        if _is_seated(state, view.seat, pair):
            return
        await self.ask(view)
        asked = await local.load(self._storage, local.SEATS + view.mailbox.hex(), local.Asked)
        if asked is None or asked.shown_head != state.head:
            raise BadRoster("the roster changed while the seat was asked for; try again")
        signed = roster.make_admit(
            state,
            seat=asked.seat,
            sign_pk=pair.sign.public,
            kem_pk=pair.kem.public,
            role=view.role,
            admin=True,
            signer=kit_seat,
            signer_key=kit_pair.sign,
        )
        state = roster.apply(state, signed)
        await self._append(state, signed, self._wrap(state, seed, asked.seat, pair.kem.public))

    def _pair(self, mailbox_id: bytes) -> SeatKeyPair:
        return seat_keys(self._keeper.account_seed, mailbox_id)

    def _wrap(self, state: RosterState, seed: bytes, seat: bytes, kem_pk: bytes) -> SeedWrap:
        wrapped = mailbox.wrap_seed(seed, kem_pk, state.mailbox, state.g, seat, state.head)
        return SeedWrap(state.g, seat, state.head, wrapped)

    async def _append(self, state: RosterState, signed: bytes, wrap: SeedWrap) -> None:
        """Has a record stored that leads to `state`."""
        await self._api.append_roster(state.mailbox, RosterAppend(signed, wrap))
        self._taken[state.mailbox] = state.head

    async def _roster(self, mailbox_id: bytes) -> tuple[RosterView, RosterState]:
        """The roster as the service shows it now, if it verifies and leads through what was seen before.

        Raises: BadRoster, also when it lacks what the service took from us before it was asked.
        """
        taken = self._taken.get(mailbox_id)
        answer = await self._api.roster(mailbox_id)
        state = roster.replay(answer.records, mailbox_id)
        self._roots.check(state)
        if taken is not None and taken not in state.heads:
            raise BadRoster("the service took a change of the roster from us and does not show it")
        return answer, state

    async def _own_entry(self, state: RosterState, seat: bytes, pair: SeatKeyPair) -> SeatKeys:
        """Our seat in the roster. The first time it counts only if we founded, or were admitted on the head whose
        words this device showed.
        """
        if not _is_seated(state, seat, pair):
            raise BadRoster("the roster does not seat our keys")
        entry = state.seats[seat]
        pinned = self._keeper.pin(SEAT, seat)
        if pinned is not None:
            if pinned != entry.record_hash:
                raise BadRoster("the roster seats us by another record than before")
            return entry
        if entry.record_hash == state.root:
            return entry
        shown_head = await self._shown_head(state.mailbox, seat)
        if shown_head is None:
            raise NotSeated("this device did not show the words of this seat: nobody compared them")
        return roster.check_admission(state, seat, pair.sign.public, pair.kem.public, shown_head)

    async def _shown_head(self, mailbox_id: bytes, seat: bytes | None) -> bytes | None:
        """The head for which this device showed the words of a seat; None where it showed none."""
        asked = await local.load(self._storage, local.SEATS + mailbox_id.hex(), local.Asked)
        return None if asked is None or asked.seat != seat else asked.shown_head


def _is_seated(state: RosterState, seat: bytes | None, pair: SeatKeyPair) -> bool:
    """Whether a seat is on the roster, with our keys: the service alone says which seat is ours. Raises: BadRoster."""
    entry = None if seat is None else state.seats.get(seat)
    if entry is not None and (entry.sign_pk, entry.kem_pk) != (pair.sign.public, pair.kem.public):
        raise BadRoster("the roster does not seat our keys")
    return entry is not None


def _seeds(answer: RosterView, state: RosterState, seat: bytes, pair: SeatKeyPair) -> dict[int, bytes]:
    """The seeds of all generations: the one in force from a wrap of our own, those before through it.

    Raises: BadSeed, BadSeal.
    """
    wrapped = _wrapped_seeds(answer.seeds, state, seat, pair)
    if state.g not in wrapped:
        raise BadSeed("the roster seats us, but its seed was not wrapped to us")
    return open_generations(state, wrapped[state.g], {prev.g: prev.prev for prev in answer.prevs}, wrapped)


def _wrapped_seeds(wraps: Sequence[SeedWrap], state: RosterState, seat: bytes, pair: SeatKeyPair) -> dict[int, bytes]:
    """What was wrapped to a seat, by generation: each by the record that seated it, or by the one that made the
    generation, and no other. One that does not open is left out unless it is of the generation in force.

    Raises: BadSeed, BadSeal.
    """
    seated_by = state.ever[seat].record_hash
    opened: dict[int, bytes] = {}
    for wrap in wraps:
        if wrap.seat != seat or wrap.g > state.g:
            continue
        made = state.generations[wrap.g]
        by_admission = seated_by if state.generation_at(seated_by) == wrap.g else None
        if wrap.record_hash not in (made.record_hash, by_admission):
            continue
        try:
            seed = mailbox.open_seed(pair.kem, wrap.wrap, state.mailbox, wrap.g, seat, wrap.record_hash, made.sc)
        except (BadSeal, BadSeed):
            if wrap.g == state.g:
                raise
            continue
        opened[wrap.g] = seed
    return opened


def _kit_pair(code: str, state: RosterState) -> SeatKeyPair:
    """The keys of a printed kit. Raises: WrongRecoveryCode."""
    return seat_keys(kit.account_seed(recovery.parse_code(code), state.mailbox, state.root), state.mailbox)


def _words(state: RosterState, asking: PendingSeat) -> tuple[str, ...]:
    return roster.words(state.mailbox, state.head, asking.sign_pk, asking.kem_pk)
