"""The primitives where a vector cannot reach: what is sealed opens again, and what a lax library would take."""

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from messaging.e2ee import suite
from messaging.e2ee.encoding import WRAP_BYTES
from messaging.e2ee.entropy import draw
from messaging.e2ee.errors import BadKey, BadSignature
from messaging.e2ee.suite import KemKey, SigningKey
from tests.e2ee.making.stream import Stream, fixed
from tests.e2ee.test_vectors import FOLDER, load

KEY = fixed("key")


def test_hkdf_is_that_of_rfc_5869() -> None:
    """Test case 1, its first 32 bytes, and test case 3 with an empty salt and info."""
    ikm, salt, info = b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA))
    first = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
    third = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
    assert suite.hkdf(ikm, salt, info).hex() == first
    assert suite.hkdf(ikm, b"", b"").hex() == third


def test_what_is_sealed_opens() -> None:
    sealed = suite.seal(KEY, b"text", b"aad", Stream("nonce"))
    assert sealed[:12] == Stream("nonce")(12)
    assert suite.open_sealed(KEY, sealed, b"aad") == b"text"
    assert suite.open_once(KEY, suite.seal_once(KEY, b"text", b"aad"), b"aad") == b"text"


def test_hpke_output_opens_and_has_its_width() -> None:
    key = KemKey(fixed("kem"))
    sealed = suite.hpke_seal(key.public, KEY, b"info")
    assert len(sealed) == WRAP_BYTES
    assert key.open(sealed, b"info") == KEY
    assert sealed != suite.hpke_seal(key.public, KEY, b"info"), "each encapsulation is fresh"


def test_mac_wants_a_key_of_32_bytes() -> None:
    assert len(suite.mac(KEY, b"data")) == 32
    for width in (0, 31, 33):
        with pytest.raises(BadKey):
            suite.mac(bytes(width), b"data")


def test_a_short_source_of_randomness_is_refused() -> None:
    with pytest.raises(BadKey):
        draw(lambda count: bytes(count - 1), 32)


def test_the_small_order_vectors_would_pass_a_lax_verifier() -> None:
    """Else they would prove nothing: OpenSSL alone takes every one of them whose key it decodes."""
    taken = 0
    for case in load(FOLDER / "ed25519.json")["cases"]:
        if not case["name"].startswith("small order"):
            continue
        given = {name: bytes.fromhex(value) for name, value in case["input"].items()}
        with pytest.raises(BadSignature):
            suite.verify(given["public"], given["signature"], given["message"])
        try:
            Ed25519PublicKey.from_public_bytes(given["public"]).verify(given["signature"], given["message"])
        except (InvalidSignature, ValueError):
            continue
        taken += 1
    assert taken >= 8


def test_keys_do_not_show_their_secrets() -> None:
    seed = fixed("seed")
    for key in (SigningKey(seed), KemKey(seed)):
        assert seed.hex() not in repr(key)
        assert not hasattr(key, "__dict__")


def test_the_package_needs_cryptography_and_nothing_else() -> None:
    """A client installs it without a server; so it may import the standard library and one package."""
    modules = sorted(path.stem for path in Path(suite.__file__).parent.glob("*.py") if path.stem != "__init__")
    assert len(modules) > 15
    program = (
        "import sys\n"
        + "".join(f"import messaging.e2ee.{name}\n" for name in modules)
        + "roots = {name.partition('.')[0] for name in sys.modules}\n"
        "allowed = set(sys.stdlib_module_names) | {'messaging', 'cryptography', '__main__', '_cffi_backend'}\n"
        "print(sorted(root for root in roots - allowed if not root.startswith('_')))\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, '.')\n{program}"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.strip() == "[]"
