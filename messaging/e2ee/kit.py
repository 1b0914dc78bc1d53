"""The printed kit of a mailbox: a code from which one of its administrators can be made again (SPEC.md section 4.6).

The code is written like a recovery code (`recovery.new_code`, `recovery.parse_code`). The mailbox's root is part of the
derivation: on a roster that begins otherwise, made up by whoever, the code gives keys that nobody seated.
"""

from messaging.e2ee.encoding import HASH_BYTES, ID_BYTES, exactly, frame
from messaging.e2ee.recovery import CODE_BYTES
from messaging.e2ee.suite import hkdf


def account_seed(code: bytes, mailbox: bytes, root: bytes) -> bytes:
    """The account seed of a kit: `account.seat_keys` gives its seat's keys in this mailbox. 32 bytes."""
    exactly(code, CODE_BYTES, "the kit's code")
    exactly(mailbox, ID_BYTES, "the mailbox id")
    return hkdf(code, b"", frame("pli1/kit", mailbox, exactly(root, HASH_BYTES, "the roster's root")))
