"""Writes docs/asyncapi.json: python -m scripts.make_asyncapi. With --check a difference is an error."""

import json
import sys

from messaging.connection.asyncapi import document
from scripts.generated import ROOT, write_or_check

FILE = ROOT / "docs" / "asyncapi.json"
VERSION = "1"
"""Of the protocol (`pli.v1`), which is what the document describes."""


def made() -> str:
    """The document as it should stand in the file."""
    return json.dumps(document(VERSION), ensure_ascii=False, indent=2) + "\n"


def main() -> int:
    return write_or_check(__doc__, {FILE: made()}, "python -m scripts.make_asyncapi")


if __name__ == "__main__":
    sys.exit(main())
