"""Makes the test vectors of tests/vectors from a fixed seed: python -m scripts.make_vectors

Every case is run while it is made. HPKE outputs are kept in tests/vectors/captures/hpke.json and taken again, so that
the files come out the same each time. SHA256SUMS freezes them: a vector that is published never changes, and
`tests/e2ee/test_vectors.py` fails if one did. With --check nothing is written and a difference is an error.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.e2ee.making import (
    group_account,
    group_audit,
    group_card,
    group_encoding,
    group_epoch,
    group_excerpt,
    group_exchange,
    group_log,
    group_mailbox,
    group_message,
    group_notice,
    group_renewal,
    group_report,
    group_reset,
    group_restored,
    group_suite,
    group_third,
)
from tests.e2ee.making.captures import Captures
from tests.e2ee.making.group import Group

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "vectors"
CAPTURES = "captures/hpke.json"


def groups(captures: Captures) -> Iterator[Group]:
    """All groups, in the order of the specification."""
    yield group_encoding.encoding()
    yield group_suite.aead()
    yield group_suite.ed25519()
    yield group_suite.kem(captures)
    yield group_account.account()
    yield group_account.vaults()
    yield group_mailbox.mailboxes(captures)
    yield group_mailbox.rosters()
    yield group_mailbox.pseudonyms()
    yield group_renewal.renewals()
    yield group_epoch.epochs(captures)
    yield group_message.messages()
    yield group_log.stamps()
    yield group_log.logs()
    yield group_restored.restored()
    yield group_card.cards()
    yield group_card.attestations()
    yield group_card.consents()
    yield group_notice.notices()
    yield group_notice.hidings()
    yield group_notice.steps()
    yield group_reset.resets()
    yield group_exchange.exchanges()
    yield group_third.thirds()
    yield group_report.moderations(captures)
    yield group_excerpt.excerpts()
    yield group_audit.audits()


def make() -> dict[str, str]:
    """Every file by its name in the folder, SHA256SUMS last."""
    captures = Captures(FOLDER / CAPTURES)
    with captures.in_force():
        files = {f"{group.name}.json": group.encoded() for group in groups(captures)}
    files[CAPTURES] = captures.encoded()
    sums = [f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n" for name, text in sorted(files.items())]
    return files | {"SHA256SUMS": "".join(sums)}


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the test vectors.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file would change")
    check = parser.parse_args().check
    changed = 0
    for name, text in make().items():
        path = FOLDER / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        changed += 1
        print(f"{'would change' if check else 'written'}: {name} ({len(text)} characters)")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
