"""Arithmetic on edwards25519, plain and slow: only to make signatures and keys that no honest signer makes."""

import hashlib
from typing import Final

P: Final = 2**255 - 19
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, P) % P
_SQRT_MINUS_1: Final = pow(2, (P - 1) // 4, P)

Point = tuple[int, int]
IDENTITY: Final[Point] = (0, 1)


def add(a: Point, b: Point) -> Point:
    k = _D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + k, -1, P)
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - k, -1, P)
    return x % P, y % P


def multiply(scalar: int, point: Point) -> Point:
    total = IDENTITY
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    return total


def encode(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def from_y(y: int, sign: int) -> Point | None:
    """The point with this y and this parity of x, if the curve has one."""
    square = (y * y - 1) * pow(_D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * _SQRT_MINUS_1 % P
    if (x * x - square) % P:
        return None
    return (P - x if x & 1 != sign else x), y


def _base() -> Point:
    found = from_y(4 * pow(5, -1, P) % P, 0)
    assert found is not None
    return found


BASE: Final = _base()


def torsion() -> list[Point]:
    """The eight points of small order, as multiples of one of order 8."""
    y = 2
    while True:
        point = from_y(y, 0)
        generator = multiply(ORDER, point) if point else IDENTITY
        if multiply(4, generator) != IDENTITY:
            return [multiply(i, generator) for i in range(8)]
        y += 1


def secret_scalar(seed: bytes) -> int:
    """The clamped scalar of RFC 8032."""
    raw = bytearray(hashlib.sha512(seed).digest()[:32])
    raw[0] &= 248
    raw[31] = raw[31] & 127 | 64
    return int.from_bytes(raw, "little")


def challenge(r: bytes, a: bytes, message: bytes) -> int:
    return int.from_bytes(hashlib.sha512(r + a + message).digest(), "little") % ORDER


def sign_as(r: bytes, nonce: int, a: bytes, scalar: int, message: bytes) -> bytes:
    """A signature with these encodings of R and A: S = nonce + k * scalar."""
    s = (nonce + challenge(r, a, message) * scalar) % ORDER
    return r + s.to_bytes(32, "little")
