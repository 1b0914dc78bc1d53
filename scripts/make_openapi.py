"""Writes docs/openapi.json from the structs: python -m scripts.make_openapi. With --check a difference is an error."""

import argparse
import json
import sys
from pathlib import Path

from messaging.http.openapi import document
from messaging.http.routes import ROUTES

FILE = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"
VERSION = "1"
"""Of the protocol (`pli.v1`), which is what the document describes."""


def made() -> str:
    """The document as it should stand in the file."""
    routes = [(method, path, handler.__name__) for method, path, handler in ROUTES]
    return json.dumps(document(routes, VERSION), ensure_ascii=False, indent=2) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    if not parser.parse_args().check:
        FILE.write_text(made(), encoding="utf-8")
    elif FILE.read_text(encoding="utf-8") != made():
        print("docs/openapi.json is not what the structs say. Run: python -m scripts.make_openapi", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
