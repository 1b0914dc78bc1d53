"""The vault: what an account must not lose, sealed by its own key and kept by the server (SPEC.md section 3.3).

It holds the account seed, pins (what was seen once and may never be replaced) and checkpoints (how far a log was seen).
The vault key VK seals it; VK itself is wrapped once per method: by a device's key, and by the recovery code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from messaging.e2ee.encoding import (
    HASH_BYTES,
    ID_BYTES,
    KEY_BYTES,
    ascii_word,
    exactly,
    frame,
    read_ascii_word,
    read_u64,
    u32,
    u64,
    unframe,
    unframe_list,
)
from messaging.e2ee.entropy import Entropy
from messaging.e2ee.errors import BadEncoding, BadSeal, BadVault, RolledBack, WrongRecoveryCode
from messaging.e2ee.suite import check_key, open_sealed, seal

DEVICE: Final = "device"
RECOVERY: Final = "recovery"

Subject = tuple[str, bytes]
"""(kind, id): what a pin or a checkpoint is about; `("roster", mailbox id)`, `("thread", thread id)`."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a log was seen: its position there (a seq or an index) and the head at it."""

    position: int
    head: bytes


@dataclass(frozen=True, slots=True)
class Vault:
    """The opened vault. Pins are 32-byte values, such as the root of a mailbox's roster."""

    account_seed: bytes
    pins: Mapping[Subject, bytes] = field(default_factory=dict)
    checkpoints: Mapping[Subject, Checkpoint] = field(default_factory=dict)


def encode(vault: Vault) -> bytes:
    """Encodes a vault; pins and checkpoints stand in the order of (kind, id)."""
    check_key(vault.account_seed, "the account seed")
    pins = [
        frame("pli1/pin", ascii_word(kind), exactly(about, ID_BYTES, "the id"), exactly(value, HASH_BYTES, "the pin"))
        for (kind, about), value in sorted(vault.pins.items())
    ]
    checkpoints = [
        frame(
            "pli1/checkpoint",
            ascii_word(kind),
            exactly(about, ID_BYTES, "the id"),
            u64(point.position),
            exactly(point.head, HASH_BYTES, "the head"),
        )
        for (kind, about), point in sorted(vault.checkpoints.items())
    ]
    return frame(
        "pli1/vault-content", vault.account_seed, frame("pli1/pins", *pins), frame("pli1/checkpoints", *checkpoints)
    )


def decode(data: bytes) -> Vault:
    """Decodes an opened vault. Raises BadEncoding."""
    account_seed, pins, checkpoints = unframe(data, "pli1/vault-content", (KEY_BYTES, None, None))
    vault = Vault(account_seed, _decode_pins(pins), _decode_checkpoints(checkpoints))
    if encode(vault) != data:
        raise BadEncoding("pins and checkpoints must be in order and unique")
    return vault


def _decode_pins(data: bytes) -> dict[Subject, bytes]:
    found: dict[Subject, bytes] = {}
    for item in unframe_list(data, "pli1/pins"):
        kind, about, value = unframe(item, "pli1/pin", (None, ID_BYTES, HASH_BYTES))
        found[read_ascii_word(kind), about] = value
    return found


def _decode_checkpoints(data: bytes) -> dict[Subject, Checkpoint]:
    found: dict[Subject, Checkpoint] = {}
    for item in unframe_list(data, "pli1/checkpoints"):
        kind, about, position, head = unframe(item, "pli1/checkpoint", (None, ID_BYTES, 8, HASH_BYTES))
        found[read_ascii_word(kind), about] = Checkpoint(read_u64(position), head)
    return found


def seal_vault(vault: Vault, vk: bytes, account: bytes, version: int, entropy: Entropy) -> bytes:
    """Seals a vault as `version` of an account's vault: nonce || ciphertext."""
    return seal(vk, encode(vault), _vault_aad(account, version), entropy)


def open_vault(blob: bytes, vk: bytes, account: bytes, version: int, *, seen_version: int = 0) -> Vault:
    """Opens a vault that the server gave as `version`. Raises RolledBack below the version seen before, or BadVault."""
    if version < seen_version:
        raise RolledBack(f"version {version} of the vault is older than version {seen_version}, seen before")
    try:
        return decode(open_sealed(vk, blob, _vault_aad(account, version)))
    except (BadSeal, BadEncoding) as error:
        raise BadVault("the vault does not open for this account, version and key") from error


def _vault_aad(account: bytes, version: int) -> bytes:
    return frame("pli1/vault", exactly(account, ID_BYTES, "the account id"), u32(version))


def wrap_key(vk: bytes, wrapping_key: bytes, account: bytes, method: str, wrap_id: bytes, entropy: Entropy) -> bytes:
    """Wraps the vault key under a device's key or `recovery_key`: nonce || ciphertext, 60 bytes."""
    check_key(vk, "the vault key")
    return seal(wrapping_key, vk, _wrap_aad(account, method, wrap_id), entropy)


def unwrap_key(blob: bytes, wrapping_key: bytes, account: bytes, method: str, wrap_id: bytes) -> bytes:
    """Unwraps the vault key. Raises WrongRecoveryCode for the method `recovery`, BadVault for any other."""
    try:
        return check_key(open_sealed(wrapping_key, blob, _wrap_aad(account, method, wrap_id)), "the vault key")
    except BadSeal as error:
        if method == RECOVERY:
            raise WrongRecoveryCode("the code is well-formed, but not this account's") from error
        raise BadVault("the vault key does not unwrap under this key") from error


def _wrap_aad(account: bytes, method: str, wrap_id: bytes) -> bytes:
    exactly(account, ID_BYTES, "the account id")
    return frame("pli1/vk", account, ascii_word(method), exactly(wrap_id, ID_BYTES, "the wrap's id"))


def merge(a: Vault, b: Vault) -> Vault:
    """Merges two versions of one vault: the union of their pins, the furthest of their checkpoints.

    Raises BadVault when they contradict each other: a pin is never replaced, and two heads at one position are a fork.
    """
    if a.account_seed != b.account_seed:
        raise BadVault("two vaults of different accounts")
    for subject in a.pins.keys() & b.pins.keys():
        if a.pins[subject] != b.pins[subject]:
            raise BadVault(f"two devices pinned different values for a {subject[0]}")
    checkpoints = dict(a.checkpoints)
    for subject, point in b.checkpoints.items():
        known = checkpoints.get(subject, point)
        if known.position == point.position and known.head != point.head:
            raise BadVault(f"two devices saw different histories of a {subject[0]}")
        checkpoints[subject] = max(known, point, key=lambda each: each.position)
    return Vault(a.account_seed, {**a.pins, **b.pins}, checkpoints)
