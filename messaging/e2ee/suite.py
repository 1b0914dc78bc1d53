"""Suite 1, the only one: the primitives of SPEC.md section 2, each refusing what the specification refuses.

KDF and MAC HKDF-SHA256 and HMAC-SHA256; AEAD AES-256-GCM; signatures Ed25519, strictly verified; public-key
encryption HPKE base mode with MLKEM768-X25519, HKDF-SHA256 and AES-256-GCM. All of them are the `cryptography`
library's: what is added here are the widths and the encodings that it would let through.
"""

import hashlib
import hmac
from typing import Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from messaging.e2ee.encoding import (
    KEM_PUBLIC_BYTES,
    KEY_BYTES,
    PUBLIC_BYTES,
    SIGNATURE_BYTES,
    frame,
)
from messaging.e2ee.entropy import Entropy, draw
from messaging.e2ee.errors import BadKey, BadSeal, BadSignature

SUITE: Final = 1
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
KEM_OUTPUT_BYTES: Final = 1120
_ZERO_NONCE: Final = bytes(NONCE_BYTES)
_ML_KEM_PUBLIC_BYTES: Final = 1184
_ML_KEM_SEED_BYTES: Final = 64

_HPKE: Final = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def mac(key: bytes, data: bytes) -> bytes:
    """HMAC-SHA256 under a 32-byte key: 32 bytes."""
    return hmac.digest(check_key(key), data, "sha256")


def same(left: bytes, right: bytes) -> bool:
    """Compares two values in time that does not depend on their contents."""
    return hmac.compare_digest(left, right)


def hkdf(ikm: bytes, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA256 (RFC 5869), 32 bytes out."""
    return HKDF(hashes.SHA256(), KEY_BYTES, salt, info).derive(ikm)


def kdf(key: bytes, label: str, *fields: bytes) -> bytes:
    """KDF(key, label, fields...) of SPEC.md section 2.1: a 32-byte key for one named use."""
    return hkdf(key, b"", frame(label, *fields))


def check_key(key: bytes, what: str = "a key") -> bytes:
    """Returns a 32-byte secret; raises BadKey naming what it was for when it has another width.

    AES-GCM would take 16 or 24 bytes and HMAC any number: only 32 is a key here.
    """
    if len(key) != KEY_BYTES:
        raise BadKey(f"{what} has {len(key)} bytes instead of {KEY_BYTES}")
    return key


def seal_once(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """AES-256-GCM with nonce 0, for a key that seals one plaintext in its life (SPEC.md section 2.2)."""
    return AESGCM(check_key(key)).encrypt(_ZERO_NONCE, plaintext, aad)


def open_once(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Opens what `seal_once` made. Raises BadSeal."""
    return _open(key, _ZERO_NONCE, sealed, aad)


def seal(key: bytes, plaintext: bytes, aad: bytes, entropy: Entropy) -> bytes:
    """AES-256-GCM with a random 12-byte nonce, prepended: nonce || ciphertext || tag."""
    nonce = draw(entropy, NONCE_BYTES)
    return nonce + AESGCM(check_key(key)).encrypt(nonce, plaintext, aad)


def open_sealed(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Opens what `seal` made. Raises BadSeal."""
    return _open(key, sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)


def _open(key: bytes, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
    if len(nonce) != NONCE_BYTES or len(sealed) < TAG_BYTES:
        raise BadSeal("a ciphertext shorter than its nonce and tag")
    try:
        return AESGCM(check_key(key)).decrypt(nonce, sealed, aad)
    except InvalidTag as error:
        raise BadSeal("the ciphertext does not open under this key and context") from error


class SigningKey:
    """An Ed25519 key pair from its 32-byte seed (RFC 8032 section 5.1.5)."""

    __slots__ = ("_private", "public")

    def __init__(self, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(check_key(seed))
        self.public: Final = self._private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Signs: 64 bytes, deterministic."""
        return self._private.sign(message)


_P: Final = 2**255 - 19
_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_Y_MASK: Final = 2**255 - 1
_Y_ORDER_8: Final = 2707385501144840649318225287225658788936804267575313519463743609750303402022
_SMALL_ORDER_Y: Final = frozenset({0, 1, _P - 1, _Y_ORDER_8, _P - _Y_ORDER_8})
"""The y coordinates of the eight points of order 1, 2, 4 and 8, whichever the sign of x."""


def check_sign_public(public: bytes) -> None:
    """Raises BadSignature for a public key that no verifier may use (SPEC.md section 2.4).

    Refused: another width, y >= p (a second encoding of a point), and every point of small order, under which
    anyone can make signatures; that leaves no encoding with x = 0, so the sign bit is canonical too.
    """
    if len(public) != PUBLIC_BYTES:
        raise BadSignature(f"an Ed25519 public key has {len(public)} bytes instead of {PUBLIC_BYTES}")
    y = int.from_bytes(public, "little") & _Y_MASK
    if y >= _P:
        raise BadSignature("the public key is not encoded canonically")
    if y in _SMALL_ORDER_Y:
        raise BadSignature("the public key is of small order")


def verify(public: bytes, signature: bytes, message: bytes) -> None:
    """Strict, cofactorless Ed25519 (SPEC.md section 2.4): accepts iff encode(S.B - k.A) = R, byte for byte.

    OpenSSL computes exactly that comparison and refuses S >= L; it takes keys of small order and second encodings of
    a key, which are refused before. The bound on S is repeated because the rule must not rest on one library.
    """
    check_sign_public(public)
    if len(signature) != SIGNATURE_BYTES:
        raise BadSignature(f"a signature has {len(signature)} bytes instead of {SIGNATURE_BYTES}")
    if int.from_bytes(signature[32:], "little") >= _ORDER:
        raise BadSignature("the signature's scalar is not reduced")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise BadSignature("the signature does not verify") from error


class KemKey:
    """A MLKEM768-X25519 (X-Wing) key pair from its 32-byte seed (SPEC.md section 2.3)."""

    __slots__ = ("_private", "public")

    def __init__(self, seed: bytes) -> None:
        expanded = hashlib.shake_256(check_key(seed)).digest(_ML_KEM_SEED_BYTES + KEY_BYTES)
        ml_kem = MLKEM768PrivateKey.from_seed_bytes(expanded[:_ML_KEM_SEED_BYTES])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[_ML_KEM_SEED_BYTES:])
        self._private = hpke.MLKEM768X25519PrivateKey(ml_kem, x25519)
        self.public: Final = ml_kem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Opens what `hpke_seal` sealed to this key with this info. Raises BadSeal."""
        if len(sealed) < KEM_OUTPUT_BYTES + TAG_BYTES:
            raise BadSeal("an HPKE message shorter than its encapsulated key and tag")
        try:
            return _HPKE.decrypt(sealed, self._private, info)
        except (InvalidTag, ValueError) as error:
            raise BadSeal("the HPKE message does not open under this key and info") from error


def hpke_seal(public: bytes, plaintext: bytes, info: bytes) -> bytes:
    """Seals to a 1216-byte public key: enc (1120) || ciphertext || tag (16). Raises BadKey for a key of bad form.

    The library draws its own randomness here and takes none, which is why HPKE vectors are open-only.
    """
    if len(public) != KEM_PUBLIC_BYTES:
        raise BadKey(f"a KEM public key has {len(public)} bytes instead of {KEM_PUBLIC_BYTES}")
    if int.from_bytes(public[_ML_KEM_PUBLIC_BYTES:], "little") >= _P:
        # X25519 would take it for a smaller number, but the KEM hashes it as it stands: its owner could not open.
        raise BadKey("the X25519 part is not encoded canonically")
    try:
        key = hpke.MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:_ML_KEM_PUBLIC_BYTES]),
            X25519PublicKey.from_public_bytes(public[_ML_KEM_PUBLIC_BYTES:]),
        )
        return _HPKE.encrypt(plaintext, key, info)
    except ValueError as error:
        raise BadKey("not a usable KEM public key") from error


def check_kem_public(public: bytes) -> None:
    """Raises BadKey for a KEM key that nobody could seal to: wrong width, coefficient >= q, an X25519 part that is
    not canonical or of low order.

    It encapsulates once, the only way to find the last (SPEC.md section 2.3).
    """
    hpke_seal(public, b"", frame("pli1/check"))
