"""Vectors of SPEC.md sections 4.2, 4.3 and 4.6: a seat removed, the seed renewed, all generations read, the kit."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from messaging.e2ee import kit, mailbox, roster, roster_record
from messaging.e2ee.account import SeatKeyPair, seat_keys
from messaging.e2ee.mailbox import Identity
from messaging.e2ee.roster import RosterState
from messaging.e2ee.roster_record import RosterRecord, sign_record
from messaging.e2ee.suite import SigningKey
from tests.e2ee.making.group import Group
from tests.e2ee.making.group_mailbox import AGENT, MAYOR, SECRETARY, STRANGER, Person, village_roster
from tests.e2ee.making.stream import fixed, flipped
from tests.e2ee.making.world import DOCTOR, VILLAGE

_BOX = VILLAGE.mailbox
_SEEDS = (VILLAGE.seed, fixed("mailbox seed village, generation 1"), fixed("mailbox seed village, generation 2"))
_CODE = fixed("kit code", 16)


def _identity(g: int) -> Identity:
    return mailbox.identity(_SEEDS[g], _BOX, g)


def _prev(g: int) -> bytes:
    return mailbox.seal_prev(_SEEDS[g], _SEEDS[g - 1], _BOX, g)


def _removal(records: list[bytes], who: Person, by: Person) -> list[bytes]:
    signed = roster.make_remove(_state(records), seat=who.seat, signer=by.seat, signer_key=by.keys.sign)
    return [*records, signed]


def _rotation(records: list[bytes], by: Person) -> list[bytes]:
    """The next generation; also after a removal that still owes it."""
    state = _state(records)
    g = state.g + 1
    signed = roster.make_rotate(
        state,
        identity=_identity(g),
        sc=mailbox.seed_check(_SEEDS[g], _BOX, g),
        signer=by.seat,
        signer_key=by.keys.sign,
    )
    return [*records, signed]


def _state(records: list[bytes]) -> RosterState:
    """Without the rule about the end: record for record."""
    state: RosterState | None = None
    for signed in records:
        state = roster.apply(state, signed)
    assert state is not None
    return state


def _admit(records: list[bytes], who: Person, by: Person, seat: bytes | None = None) -> list[bytes]:
    signed = roster.make_admit(
        _state(records), seat=seat or who.seat, sign_pk=who.keys.sign.public, kem_pk=who.keys.kem.public, role="agent",
        admin=False, signer=by.seat, signer_key=by.keys.sign,
    )  # fmt: skip
    return [*records, signed]


def _changed(signed: bytes, key: SigningKey, **changes: Any) -> bytes:
    """The record with other words, signed anew."""
    record, _ = roster_record.parse_signed(signed)
    return sign_record(replace(record, **changes), key)


def _kit() -> SeatKeyPair:
    return seat_keys(kit.account_seed(_CODE, _BOX, _state(village_roster()).root), _BOX)


def renewals() -> Group:
    group = Group("renewal", "Removing a seat, renewing the seed, reading all generations, the kit", "4.2, 4.3 and 4.6")
    base = village_roster()
    removed = _rotation(_removal(base, SECRETARY, MAYOR), MAYOR)
    again = _rotation(removed, MAYOR)
    group.share(create=base[0], admit_mayor=base[1], admit_agent=base[2], remove=removed[3], rotate=removed[4])
    group.share(rotate_again=again[5])
    _accepted(group, base, removed, again)
    _bad_removals(group, base)
    _bad_rotations(group, base, removed)
    _after_a_removal(group, base, removed)
    _generations(group, again)
    _kits(group, base)
    return group


def _accepted(group: Group, base: list[bytes], removed: list[bytes], again: list[bytes]) -> None:
    group.accept("a seat removed, the seed renewed", "replay_roster", records=removed, mailbox=_BOX)
    group.accept("a rotation alone", "replay_roster", records=_rotation(base, SECRETARY), mailbox=_BOX)
    group.accept("two generations more", "replay_roster", records=again, mailbox=_BOX)
    state = _state(base)
    group.accept(
        "the pin holds through a removal",
        "replay_roster",
        records=again,
        mailbox=_BOX,
        pin_index=state.index,
        pin_head=state.head,
    )
    back = _admit(removed, SECRETARY, MAYOR, seat=fixed("seat of who came back", 16))
    group.accept("who was removed comes back as a new seat", "replay_roster", records=back, mailbox=_BOX)


def _refuse(group: Group, records: list[bytes]) -> Callable[[str, bytes], None]:
    def refuse(name: str, signed: bytes) -> None:
        group.reject(name, "BadRoster", "replay_roster", records=[*records, signed], mailbox=_BOX)

    return refuse


def _bad_removals(group: Group, base: list[bytes]) -> None:
    """Each is followed by the rotation that would make it whole, where one can be made."""
    good = _removal(base, AGENT, MAYOR)[-1]
    sign = MAYOR.keys.sign
    refuse = _refuse(group, base)
    refuse("a removal without its rotation", good)
    stranger: dict[str, Any] = {
        "seat": STRANGER.seat, "sign_pk": STRANGER.keys.sign.public, "kem_pk": STRANGER.keys.kem.public,
    }  # fmt: skip
    for name, bad in {
        "remove: a seat that is not seated": _changed(good, sign, **stranger),
        "remove: another signing key": _changed(good, sign, sign_pk=STRANGER.keys.sign.public),
        "remove: another KEM key": _changed(good, sign, kem_pk=STRANGER.keys.kem.public),
        "remove: another role": _changed(good, sign, role="mayor"),
        "remove: another rank": _changed(good, sign, admin=True),
        "remove: another generation": _changed(good, sign, g=1),
        "remove: other keys of the mailbox": _changed(good, sign, identity_sign=_identity(1).sign.public),
        "remove: other sc": _changed(good, sign, sc=fixed("sc")),
        "remove: on an older head": _changed(good, sign, prev_hash=_state(base[:2]).head),
        "remove: by a seat that is not admin": _changed(good, AGENT.keys.sign, signer=AGENT.seat),
        "remove: by nobody of the mailbox": _changed(good, STRANGER.keys.sign, signer=STRANGER.seat),
        "remove: in an admin's name by another key": _changed(good, AGENT.keys.sign),
    }.items():
        refuse(name, bad)
    _last_admin(group, base)


def _last_admin(group: Group, base: list[bytes]) -> None:
    one_left = _rotation(_removal(base, SECRETARY, MAYOR), MAYOR)
    state = _state(one_left)
    last = roster.make_remove(state, seat=MAYOR.seat, signer=MAYOR.seat, signer_key=MAYOR.keys.sign)
    _refuse(group, one_left)("remove: the last administrator", last)


def _bad_rotations(group: Group, base: list[bytes], removed: list[bytes]) -> None:
    good = _rotation(base, MAYOR)[-1]
    sign = MAYOR.keys.sign
    refuse = _refuse(group, base)
    agent: dict[str, Any] = {
        "seat": AGENT.seat, "sign_pk": AGENT.keys.sign.public, "kem_pk": AGENT.keys.kem.public, "role": "agent",
        "admin": False,
    }  # fmt: skip
    for name, bad in {
        "rotate: the generation skipped": _changed(good, sign, g=2),
        "rotate: the generation stays": _changed(good, sign, g=0),
        "rotate: I_g stays": _changed(good, sign, identity_sign=_identity(0).sign.public),
        "rotate: K_g stays": _changed(good, sign, identity_kem=_identity(0).kem.public),
        "rotate: sc stays": _changed(good, sign, sc=_state(base).sc),
        "rotate: names another seat": _changed(good, sign, **agent),
        "rotate: gives itself another key": _changed(good, sign, sign_pk=STRANGER.keys.sign.public),
        "rotate: takes its own rank away": _changed(good, sign, admin=False),
        "rotate: by a non-signer": _changed(good, SECRETARY.keys.sign),
        "rotate: by a seat that is not admin": _changed(good, AGENT.keys.sign, signer=AGENT.seat, **agent),
        "rotate: on an older head": _changed(good, sign, prev_hash=_state(base[:2]).head),
        "rotate: other mailbox": _changed(good, sign, mailbox=DOCTOR.mailbox),
    }.items():
        refuse(name, bad)
    following = _rotation(removed, MAYOR)[-1]
    _refuse(group, removed)(
        "rotate: back to the identity of an older generation",
        _changed(following, sign, identity_sign=_identity(0).sign.public),
    )


def _after_a_removal(group: Group, base: list[bytes], removed: list[bytes]) -> None:
    owing = _removal(base, SECRETARY, MAYOR)
    _refuse(group, owing)("an admission between a removal and its rotation", _admit(owing, STRANGER, MAYOR)[-1])
    second = roster.make_remove(_state(owing), seat=AGENT.seat, signer=MAYOR.seat, signer_key=MAYOR.keys.sign)
    _refuse(group, owing)("two removals under one rotation", second)
    refuse = _refuse(group, removed)
    own = _changed(removed[4], SECRETARY.keys.sign, signer=SECRETARY.seat)
    _refuse(group, owing)("the rotation by the administrator that was just removed", own)
    state = _state(removed)
    admitted = _admit(removed, STRANGER, MAYOR)[-1]
    refuse("admit: by a removed administrator", _changed(admitted, SECRETARY.keys.sign, signer=SECRETARY.seat))
    refuse("admit: a ghost seat under the new generation", _changed(admitted, STRANGER.keys.sign, signer=STRANGER.seat))
    refuse("admit: a seat that was removed", _seated_again(state))
    refuse("remove: a seat that was removed already", _removed_again(state))
    refuse("admit: with the keys of the generation before", _old_generation(base, admitted))


def _seated_again(state: RosterState) -> bytes:
    """The removed seat under its old id."""
    return roster.make_admit(
        state, seat=SECRETARY.seat, sign_pk=SECRETARY.keys.sign.public, kem_pk=SECRETARY.keys.kem.public, role="agent",
        admin=True, signer=MAYOR.seat, signer_key=MAYOR.keys.sign,
    )  # fmt: skip


def _removed_again(state: RosterState) -> bytes:
    left = state.ever[SECRETARY.seat]
    record = RosterRecord(
        *(state.mailbox, state.index + 1, state.head, "remove", SECRETARY.seat, left.sign_pk, left.kem_pk, left.role),
        *(left.admin, state.g, state.identity_sign, state.identity_kem, state.sc, MAYOR.seat),
    )
    return sign_record(record, MAYOR.keys.sign)


def _old_generation(base: list[bytes], admitted: bytes) -> bytes:
    old = _state(base)
    return _changed(
        admitted, MAYOR.keys.sign, g=old.g, identity_sign=old.identity_sign, identity_kem=old.identity_kem, sc=old.sc
    )


def _generations(group: Group, again: list[bytes]) -> None:
    prevs = [_prev(1), _prev(2)]
    mine: dict[str, Any] = {"records": again, "mailbox": _BOX, "seed": _SEEDS[2], "prevs": prevs}
    group.accept("all generations through prev", "open_generations", **mine)
    own = [{"g": 0, "seed": _SEEDS[0]}]
    group.accept(
        "a prev withheld, a wrap of one's own instead", "open_generations", **mine | {"prevs": [b"", prevs[1]]},
        wrapped=own,
    )  # fmt: skip
    lie = mailbox.seal_prev(_SEEDS[1], fixed("server seed"), _BOX, 1)
    group.accept(
        "a prev of another seed, a wrap of one's own instead", "open_generations",
        **mine | {"prevs": [lie, prevs[1]]}, wrapped=own,
    )  # fmt: skip
    group.reject_each(
        "BadSeed",
        "open_generations",
        mine,
        {
            "another sc through prev": {"prevs": [lie, prevs[1]]},
            "a prev withheld": {"prevs": [b"", prevs[1]]},
            "the newest prev withheld": {"prevs": [prevs[0], b""]},
            "the seed of another generation": {"seed": _SEEDS[1]},
            "a seed of the server's own": {"seed": fixed("server seed")},
            "neither prev nor the own wrap is the roster's": {
                "prevs": [lie, prevs[1]], "wrapped": [{"g": 0, "seed": fixed("server seed")}],
            },
        },
    )  # fmt: skip
    group.reject_each(
        "BadSeal",
        "open_generations",
        mine,
        {"prevs swapped": {"prevs": prevs[::-1]}, "a prev altered": {"prevs": [flipped(prevs[0]), prevs[1]]}},
    )
    _foreign_identity(group)


def _foreign_identity(group: Group) -> None:
    """Who rotated put an identity into the roster that the new seed does not give."""
    base = village_roster()
    good = _rotation(base, MAYOR)[-1]
    for name, change in {
        "an I_g that the seed does not give": {"identity_sign": _identity(2).sign.public},
        "a K_g that the seed does not give": {"identity_kem": _identity(2).kem.public},
    }.items():
        records = [*base, _changed(good, MAYOR.keys.sign, **change)]
        group.reject(
            name, "BadSeed", "open_generations", records=records, mailbox=_BOX, seed=_SEEDS[1], prevs=[_prev(1)]
        )


def _kits(group: Group, base: list[bytes]) -> None:
    root = _state(base).root
    group.accept("the seat of a kit", "kit_seat", code=_CODE, mailbox=_BOX, root=root)
    group.accept("the same code on another roster", "kit_seat", code=_CODE, mailbox=_BOX, root=fixed("root"))
    group.accept("the same code in another mailbox", "kit_seat", code=_CODE, mailbox=DOCTOR.mailbox, root=root)
    for width in (15, 17):
        code = fixed("kit code", width)
        group.reject(f"a code of {width} bytes", "BadEncoding", "kit_seat", code=code, mailbox=_BOX, root=root)
    seat, keys = fixed("seat of the kit", 16), _kit()
    signed = roster.make_admit(
        _state(base), seat=seat, sign_pk=keys.sign.public, kem_pk=keys.kem.public, role=roster.KIT, admin=True,
        signer=MAYOR.seat, signer_key=MAYOR.keys.sign,
    )  # fmt: skip
    with_kit = [*base, signed]
    group.accept("a kit is admitted", "replay_roster", records=with_kit, mailbox=_BOX)
    by_kit = roster.make_admit(
        _state(with_kit), seat=STRANGER.seat, sign_pk=STRANGER.keys.sign.public, kem_pk=STRANGER.keys.kem.public,
        role="mayor", admin=True, signer=seat, signer_key=keys.sign,
    )  # fmt: skip
    group.accept("a kit admits an administrator", "replay_roster", records=[*with_kit, by_kit], mailbox=_BOX)
    without = _rotation([*with_kit, roster.make_remove(
        _state(with_kit), seat=seat, signer=MAYOR.seat, signer_key=MAYOR.keys.sign,
    )], MAYOR)  # fmt: skip
    late = _changed(by_kit, keys.sign, index=_state(without).index + 1, prev_hash=_state(without).head)
    _refuse(group, without)("admit: by a kit that was removed", late)
