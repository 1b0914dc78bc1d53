"""Vectors of SPEC.md section 3: seat keys, recovery code, vault."""

from typing import Any

from messaging.e2ee import recovery, vault
from messaging.e2ee.encoding import frame
from messaging.e2ee.suite import seal
from messaging.e2ee.vault import Checkpoint, Vault
from tests.e2ee.making.group import Group, Text
from tests.e2ee.making.stream import Stream, fixed, flipped
from tests.e2ee.making.world import DOCTOR, THREAD, VILLAGE

_ACCOUNT = fixed("account", 16)
_WRAP_ID = fixed("wrap id", 16)
_VK = fixed("vault key")
_CODE = fixed("recovery code", 16)


def account() -> Group:
    group = Group("account", "Seat keys and the recovery code", "3.1 and 3.2")
    group.accept("seat keys", "seat_keys", account_seed=DOCTOR.account_seed, mailbox=DOCTOR.mailbox)
    group.accept("another mailbox's", "seat_keys", account_seed=DOCTOR.account_seed, mailbox=VILLAGE.mailbox)
    for width in (31, 33):
        seed = fixed("account seed", width)
        group.reject(f"{width}-byte account seed", "BadKey", "seat_keys", account_seed=seed, mailbox=DOCTOR.mailbox)
    for name, code in (("a code", _CODE), ("all zero", bytes(16)), ("all one", b"\xff" * 16)):
        group.accept(f"shown: {name}", "format_code", code=code)
    _typed_codes(group, recovery.format_code(_CODE))
    return group


def _typed_codes(group: Group, shown: str) -> None:
    zero = recovery.format_code(bytes(16))
    for name, typed in {
        "as shown": shown,
        "lower case": shown.lower(),
        "without dashes": shown.replace("-", ""),
        "with spaces": f"  {shown.replace('-', ' ')}\n",
        "with every space and dash": f"\t\n\v\f\r \u00a0\u2000\u2005\u200a\u202f\u205f\u3000-‐‑‒–—−_{shown}",
        "with no-break spaces and long dashes": shown.replace("-", "\u00a0–\u202f"),
        "O for 0": zero.replace("0", "O"),
        "o for 0": zero.replace("0", "o"),
        "I for 1": _with_ones().replace("1", "I"),
        "l for 1": _with_ones().replace("1", "l"),
    }.items():
        group.accept(f"typed: {name}", "parse_code", typed=Text(typed))
    swapped = shown[1] + shown[0] + shown[2:]
    for name, typed in {
        "one character wrong": ("Z" if shown[0] != "Z" else "Y") + shown[1:],
        "two characters swapped": swapped,
        "a check character wrong": shown[:-1] + ("Z" if shown[-1] != "Z" else "Y"),
        "one character missing": shown[:-1],
        "one character more": shown + "0",
        "a letter that no code has": "U" + shown[1:],
        "a star": "*" + shown[1:],
        "empty": "",
        "a long s for S": _holding("S").replace("S", "ſ", 1),
        "a dotless i for 1": _holding("1").replace("1", "ı", 1),
        "a full-width digit": _holding("0").replace("0", "０", 1),
        "with an information separator": "\x1c" + shown,
        "with a next line": "\x85" + shown,
        "with a zero-width space": "\u200b" + shown,
        "with a byte order mark": "\ufeff" + shown,
        "non-zero last bits": _with_last_bits(),
    }.items():
        group.reject(f"typed: {name}", "WrongRecoveryCode", "parse_code", typed=Text(typed))


def _with_ones() -> str:
    return next(text for text in map(recovery.format_code, _codes()) if text.count("1") > 1)


def _holding(character: str) -> str:
    return next(text for text in map(recovery.format_code, _codes()) if character in text)


def _codes() -> list[bytes]:
    return [fixed(f"code {number}", 16) for number in range(200)]


def _with_last_bits() -> str:
    """A code whose 26th character has its unused bits set; the check characters are right for the first 128 bits."""
    shown = recovery.format_code(bytes(16)).replace("-", "")
    return shown[:25] + "1" + shown[26:]


def vaults() -> Group:
    group = Group("vault", "The vault, its wraps, its versions and their merge", "3.3 and 3.4")
    content = _vault({("roster", VILLAGE.mailbox): fixed("root")}, {("thread", THREAD): Checkpoint(7, fixed("head 7"))})
    blob = vault.seal_vault(content, _VK, _ACCOUNT, 4, Stream("vault nonce"))
    good: dict[str, Any] = {"blob": blob, "vk": _VK, "account": _ACCOUNT, "version": 4, "seen_version": 4}
    group.accept("opens", "open_vault", **good)
    empty = vault.seal_vault(_vault({}, {}), _VK, _ACCOUNT, 1, Stream("empty nonce"))
    group.accept("empty", "open_vault", **good | {"blob": empty, "version": 1, "seen_version": 0})
    group.reject("lower version than seen", "RolledBack", "open_vault", **good | {"seen_version": 5})
    group.reject_each(
        "BadVault",
        "open_vault",
        good,
        {
            "other account": {"account": fixed("other account", 16)},
            "given as a higher version": {"version": 5},
            "other vault key": {"vk": fixed("other")},
            "altered": {"blob": flipped(blob)},
            "empty blob": {"blob": b""},
            "content of another form": {"blob": _sealed(frame("pli1/vault-content", bytes(32)))},
            "pins out of order": {"blob": _sealed(_unordered())},
            "a pin twice": {"blob": _sealed(_twice())},
        },
    )
    group.reject("31-byte vault key", "BadKey", "open_vault", **good | {"vk": fixed("vk", 31)})
    _wraps(group)
    _merges(group)
    return group


def _vault(pins: dict[vault.Subject, bytes], checkpoints: dict[vault.Subject, Checkpoint]) -> Vault:
    return Vault(DOCTOR.account_seed, pins, checkpoints)


def _sealed(content: bytes) -> bytes:
    return seal(_VK, content, frame("pli1/vault", _ACCOUNT, (4).to_bytes(4, "big")), Stream("vault nonce"))


def _pin(number: int) -> bytes:
    return frame("pli1/pin", b"roster", bytes([number]) * 16, fixed("root"))


def _unordered() -> bytes:
    pins = frame("pli1/pins", _pin(2), _pin(1))
    return frame("pli1/vault-content", DOCTOR.account_seed, pins, frame("pli1/checkpoints"))


def _twice() -> bytes:
    pins = frame("pli1/pins", _pin(1), _pin(1))
    return frame("pli1/vault-content", DOCTOR.account_seed, pins, frame("pli1/checkpoints"))


def _wraps(group: Group) -> None:
    typed, device_key = recovery.format_code(_CODE), fixed("device key")
    by_code = vault.wrap_key(
        _VK, recovery.recovery_key(_CODE, _ACCOUNT), _ACCOUNT, "recovery", _WRAP_ID, Stream("wrap nonce")
    )
    by_device = vault.wrap_key(_VK, device_key, _ACCOUNT, "device", _WRAP_ID, Stream("device nonce"))
    code: dict[str, Any] = {
        "blob": by_code, "account": _ACCOUNT, "method": Text("recovery"), "id": _WRAP_ID, "typed": Text(typed),
    }  # fmt: skip
    device: dict[str, Any] = {
        "blob": by_device, "account": _ACCOUNT, "method": Text("device"), "id": _WRAP_ID, "wrapping_key": device_key,
    }  # fmt: skip
    group.accept("unwrapped by the code", "unwrap_vault_key", **code)
    group.accept("unwrapped by the device", "unwrap_vault_key", **device)
    other = {"account": fixed("other account", 16)}
    another_code = {"typed": Text(recovery.format_code(fixed("code 0", 16)))}
    group.reject("code of another account", "WrongRecoveryCode", "unwrap_vault_key", **code | other)
    group.reject("another code", "WrongRecoveryCode", "unwrap_vault_key", **code | another_code)
    group.reject("mistyped code", "WrongRecoveryCode", "unwrap_vault_key", **code | {"typed": Text(typed[:-1] + "*")})
    group.reject("device wrap of another account", "BadVault", "unwrap_vault_key", **device | other)
    group.reject("other wrap id", "BadVault", "unwrap_vault_key", **device | {"id": fixed("other id", 16)})
    group.reject("other method", "BadVault", "unwrap_vault_key", **device | {"method": Text("passkey")})
    group.reject("other device", "BadVault", "unwrap_vault_key", **device | {"wrapping_key": fixed("other")})


def _merges(group: Group) -> None:
    thread, roster = ("thread", THREAD), ("roster", VILLAGE.mailbox)
    here = _vault({roster: fixed("root")}, {thread: Checkpoint(7, fixed("head 7")), roster: Checkpoint(1, fixed("r1"))})
    there = _vault({("roster", DOCTOR.mailbox): fixed("root d")}, {thread: Checkpoint(9, fixed("head 9"))})
    a, b = vault.encode(here), vault.encode(there)
    group.accept("union of pins, furthest checkpoint", "merge_vaults", a=a, b=b)
    group.accept("merged the other way", "merge_vaults", a=b, b=a)
    group.accept("with itself", "merge_vaults", a=a, b=a)
    replaced = vault.encode(_vault({roster: fixed("another root")}, {}))
    forked = vault.encode(_vault({}, {thread: Checkpoint(7, fixed("other head 7"))}))
    stranger = vault.encode(Vault(VILLAGE.account_seed, {}, {}))
    group.reject("a pin that differs", "BadVault", "merge_vaults", a=a, b=replaced)
    group.reject("two heads at one position", "BadVault", "merge_vaults", a=a, b=forked)
    group.reject("another account's", "BadVault", "merge_vaults", a=a, b=stranger)
