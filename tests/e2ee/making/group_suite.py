"""Vectors of SPEC.md section 2: derivation and AEAD, Ed25519, KEM."""

import hashlib

from messaging.e2ee.encoding import frame
from messaging.e2ee.suite import KemKey, SigningKey, seal, seal_once
from tests.e2ee.making import points
from tests.e2ee.making.captures import Captures
from tests.e2ee.making.group import Group, Text
from tests.e2ee.making.stream import Stream, fixed, flipped

_MESSAGE = b"Le cabinet est libre."


def aead() -> Group:
    group = Group("aead", "Key derivation and AES-256-GCM", "2.1 and 2.2")
    key, aad = fixed("aead key"), frame("pli1/aad", b"context")
    group.accept("kdf", "kdf", key=key, label=Text("pli1/gen"), fields=[fixed("id", 16), bytes(4)])
    group.accept("kdf of a 64-byte input", "kdf", key=fixed("shares", 64), label=Text("pli1/field"), fields=[b"name"])
    once, sealed = seal_once(key, _MESSAGE, aad), seal(key, _MESSAGE, aad, Stream("nonce"))
    group.accept("sealed once", "open_once", key=key, sealed=once, aad=aad)
    group.accept("nothing sealed once", "open_once", key=key, sealed=seal_once(key, b"", aad), aad=aad)
    group.accept("sealed under a random nonce", "open_sealed", key=key, sealed=sealed, aad=aad)
    for operation, blob in (("open_once", once), ("open_sealed", sealed)):
        for name, data in {
            "first byte altered": flipped(blob, 0),
            "tag altered": flipped(blob),
            "cut": blob[:-1],
            "shorter than a tag": blob[:11],
            "empty": b"",
        }.items():
            group.reject(f"{operation}: {name}", "BadSeal", operation, key=key, sealed=data, aad=aad)
        group.reject(f"{operation}: other aad", "BadSeal", operation, key=key, sealed=blob, aad=aad[:-1])
        group.reject(f"{operation}: other key", "BadSeal", operation, key=fixed("other"), sealed=blob, aad=aad)
        for width in (16, 24, 31, 33):
            name = f"{operation}: {width}-byte key"
            group.reject(name, "BadKey", operation, key=fixed("k", width), sealed=blob, aad=aad)
    return group


def ed25519() -> Group:
    group = Group("ed25519", "Strict, cofactorless Ed25519", "2.4")
    _honest_signatures(group)
    _altered_signatures(group)
    _small_order_keys(group)
    _torsion(group)
    return group


def _honest_signatures(group: Group) -> None:
    """The first cases are those of RFC 8032 section 7.1."""
    rfc = (
        ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", ""),
        ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72"),
        ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82"),
    )
    for number, (seed, text) in enumerate(rfc, start=1):
        group.accept(f"RFC 8032 test {number}", "sign", seed=bytes.fromhex(seed), message=bytes.fromhex(text))
    for width in (31, 33):
        group.reject(f"{width}-byte seed", "BadKey", "sign", seed=fixed("seed", width), message=_MESSAGE)


def _altered_signatures(group: Group) -> None:
    key = SigningKey(fixed("signing seed"))
    signature = key.sign(_MESSAGE)
    s = int.from_bytes(signature[32:], "little")
    group.accept("honest", "verify", public=key.public, signature=signature, message=_MESSAGE)
    unreduced = signature[:32] + (s + points.ORDER).to_bytes(32, "little")
    other = SigningKey(fixed("other")).public
    for name, (public, altered, message) in {
        "other message": (key.public, signature, _MESSAGE[:-1]),
        "other key": (other, signature, _MESSAGE),
        "R altered": (key.public, flipped(signature, 0), _MESSAGE),
        "S + L": (key.public, unreduced, _MESSAGE),
        "S = L": (key.public, signature[:32] + points.ORDER.to_bytes(32, "little"), _MESSAGE),
        "S of 2^256 - 1": (key.public, signature[:32] + b"\xff" * 32, _MESSAGE),
        "63-byte signature": (key.public, signature[:-1], _MESSAGE),
        "65-byte signature": (key.public, signature + b"\0", _MESSAGE),
        "empty signature": (key.public, b"", _MESSAGE),
        "31-byte key": (key.public[:-1], signature, _MESSAGE),
        "33-byte key": (key.public + b"\0", signature, _MESSAGE),
        "key that is no point": (_no_point(), signature, _MESSAGE),
    }.items():
        group.reject(name, "BadSignature", "verify", public=public, signature=altered, message=message)


def _no_point() -> bytes:
    y = next(y for y in range(2, 100) if points.from_y(y, 0) is None)
    return y.to_bytes(32, "little")


def _small_order_keys(group: Group) -> None:
    """Each key of small order, in each encoding, with a signature that a lax verifier accepts."""
    encodings = {points.encode(point) for point in points.torsion()}
    encodings |= {with_sign(y, sign) for y in (0, 1, points.P - 1, points.P, points.P + 1) for sign in (0, 1)}
    for public in sorted(encodings):
        signature, message = _passes_for(public)
        group.reject(
            f"small order {public.hex()}", "BadSignature", "verify", public=public, signature=signature, message=message
        )
    for excess in range(2, 19):
        public = with_sign(points.P + excess, excess & 1)
        group.reject(
            f"y = p + {excess}", "BadSignature", "verify", public=public, signature=bytes(64), message=_MESSAGE
        )


def with_sign(y: int, sign: int) -> bytes:
    return (y | sign << 255).to_bytes(32, "little")


def _passes_for(public: bytes) -> tuple[bytes, bytes]:
    """A signature with k a multiple of 8, so that k.A is the identity and S.B = R holds for any such key."""
    nonce = int.from_bytes(fixed("nonce"), "little") % points.ORDER
    r = points.encode(points.multiply(nonce, points.BASE))
    for counter in range(1000):
        message = b"anyone signs %d" % counter
        if points.challenge(r, public, message) % 8 == 0:
            return r + nonce.to_bytes(32, "little"), message
    raise AssertionError("no message found")


def _torsion(group: Group) -> None:
    seed = fixed("signing seed")
    scalar, public = points.secret_scalar(seed), SigningKey(seed).public
    nonce = int.from_bytes(fixed("nonce"), "little") % points.ORDER
    r = points.multiply(nonce, points.BASE)
    for order, torsion in ((8, points.torsion()[1]), (4, points.torsion()[2]), (2, points.torsion()[4])):
        shifted = points.encode(points.add(r, torsion))
        forged = points.sign_as(shifted, nonce, public, scalar, _MESSAGE)
        group.reject(
            f"R + point of order {order}", "BadSignature", "verify", public=public, signature=forged, message=_MESSAGE
        )
        mixed = points.encode(points.add(points.multiply(scalar, points.BASE), torsion))
        plain = points.encode(r)
        bad = next(m for m in _messages() if points.challenge(plain, mixed, m) % order)
        good = next(m for m in _messages() if points.challenge(plain, mixed, m) % order == 0)
        signature = points.sign_as(plain, nonce, mixed, scalar, bad)
        name = f"key of mixed order, torsion {order}"
        group.reject(name, "BadSignature", "verify", public=mixed, signature=signature, message=bad)
        signature = points.sign_as(plain, nonce, mixed, scalar, good)
        group.accept(f"{name}, k.T = 0", "verify", public=mixed, signature=signature, message=good)
    _identity_r(group, public, scalar)


def _identity_r(group: Group, public: bytes, scalar: int) -> None:
    identity = points.encode(points.IDENTITY)
    signature = points.sign_as(identity, 0, public, scalar, _MESSAGE)
    group.accept("R is the identity, canonical", "verify", public=public, signature=signature, message=_MESSAGE)
    for name, r in {"y = p + 1": with_sign(points.P + 1, 0), "x = 0 with its sign": with_sign(1, 1)}.items():
        signature = points.sign_as(r, 0, public, scalar, _MESSAGE)
        group.reject(
            f"R is the identity, {name}", "BadSignature", "verify", public=public, signature=signature, message=_MESSAGE
        )


def _messages() -> list[bytes]:
    return [b"try %d" % counter for counter in range(200)]


def kem(captures: Captures) -> Group:
    group = Group("kem", "HPKE with MLKEM768-X25519; outputs are captures, open-only", "2.3")
    seed, info, secret = fixed("kem seed"), frame("pli1/wrap", b"context"), fixed("wrapped key")
    key = KemKey(seed)
    sealed = captures.seal(key.public, secret, info)
    group.share(public=key.public, sealed=sealed)
    group.accept("public key of a seed", "kem_public", seed=seed)
    group.accept("a usable key", "kem_check", public=key.public)
    group.accept("opens", "hpke_open", seed=seed, sealed=sealed, info=info)
    for width in (31, 33, 96):
        group.reject(f"{width}-byte seed", "BadKey", "kem_public", seed=fixed("kem seed", width))
    _bad_kem_keys(group, key.public)
    derived = hashlib.shake_256(seed).digest(32)
    group.reject("sealed to the deriveKeyPair key of the seed", "BadSeal", "hpke_open", seed=seed, info=info,
                 sealed=captures.seal(KemKey(derived).public, secret, info))  # fmt: skip
    low_order = sealed[:1088] + bytes(32) + sealed[1120:]
    for name, altered in {
        "ML-KEM part altered": flipped(sealed, 0),
        "X25519 part altered": sealed[:1119] + bytes([sealed[1119] ^ 1]) + sealed[1120:],
        "X25519 part of low order": low_order,
        "tag altered": flipped(sealed),
        "cut": sealed[:-1],
        "shorter than enc": sealed[:1000],
        "empty": b"",
    }.items():
        group.reject(name, "BadSeal", "hpke_open", seed=seed, sealed=altered, info=info)
    group.reject("other info", "BadSeal", "hpke_open", seed=seed, sealed=sealed, info=info + b"\0")
    group.reject("other seed", "BadSeal", "hpke_open", seed=fixed("other"), sealed=sealed, info=info)
    return group


def _bad_kem_keys(group: Group, public: bytes) -> None:
    q = 3329
    x25519 = {
        "zero": bytes(32),
        "one": (1).to_bytes(32, "little"),
        "p": (2**255 - 19).to_bytes(32, "little"),
        "with its top bit set": public[1184:1215] + bytes([public[1215] | 0x80]),
        "p + 9": (2**255 - 10).to_bytes(32, "little"),
        "order 8": bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    }
    bad = {f"X25519 {name}": public[:1184] + part for name, part in x25519.items()}
    bad["coefficient = q"] = bytes([q & 255, q >> 8 | public[1] & 0xF0]) + public[2:]
    bad["coefficient = 4095"] = b"\xff" + bytes([public[1] | 0x0F]) + public[2:]
    bad["1215 bytes"] = public[:-1]
    bad["1217 bytes"] = public + b"\0"
    bad["X25519 only"] = public[1184:]
    for name, key in bad.items():
        group.reject(f"public key: {name}", "BadKey", "kem_check", public=key)
