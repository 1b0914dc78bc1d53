"""Writes docs/asyncapi.json: python -m scripts.make_asyncapi. With --check a difference is an error."""

import argparse
import json
import sys
from pathlib import Path

from messaging.connection.asyncapi import document

FILE = Path(__file__).resolve().parent.parent / "docs" / "asyncapi.json"
VERSION = "1"
"""Of the protocol (`pli.v1`), which is what the document describes."""


def made() -> str:
    """The document as it should stand in the file."""
    return json.dumps(document(VERSION), ensure_ascii=False, indent=2) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    if not parser.parse_args().check:
        FILE.write_text(made(), encoding="utf-8")
    elif FILE.read_text(encoding="utf-8") != made():
        print("docs/asyncapi.json is not what the structs say. Run: python -m scripts.make_asyncapi", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
