"""The devices of an account, as its vault knows them: a wrap of the vault key each, and a pin that names it. Pure.

SPEC.md section 3.4. The pin holds when the device was added (u64, ms) and what its person calls it (UTF-8, zero-padded
to 24 bytes): inside the vault, so that the service sees neither.
"""

from dataclasses import dataclass
from typing import Final

from messaging.e2ee.encoding import read_u64, u64

DEVICE_PIN: Final = "device"
name_bytes_max: Final = 24


@dataclass(frozen=True, slots=True)
class Device:
    """One device that opens the vault by itself."""

    id: bytes
    name: str
    """As its person called it; empty where nobody did."""
    added_at: int | None
    """ms since 1970, by that device's clock; None where an older version added it."""
    is_this: bool


def encode_pin(name: str, added_at: int) -> bytes:
    """32 bytes. A name that is too long is cut at a character."""
    encoded = name.encode()[:name_bytes_max].decode(errors="ignore").encode()
    return u64(added_at) + encoded.ljust(name_bytes_max, b"\0")


def device(wrap_id: bytes, pin: bytes | None, *, is_this: bool) -> Device:
    """A device from its pin, which another version may have written otherwise."""
    if pin is None:
        return Device(wrap_id, "", None, is_this)
    name = pin[8:].rstrip(b"\0").decode(errors="replace")
    return Device(wrap_id, name, read_u64(pin[:8]), is_this)
