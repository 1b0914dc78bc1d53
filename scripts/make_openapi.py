"""Writes docs/openapi.json from the structs: python -m scripts.make_openapi. With --check a difference is an error."""

import json
import sys

from messaging.http.openapi import document
from messaging.http.routes import ROUTES
from scripts.generated import ROOT, write_or_check

FILE = ROOT / "docs" / "openapi.json"
VERSION = "1"
"""Of the protocol (`pli.v1`), which is what the document describes."""


def made() -> str:
    """The document as it should stand in the file."""
    routes = [(method, path, handler.__name__) for method, path, handler in ROUTES]
    return json.dumps(document(routes, VERSION), ensure_ascii=False, indent=2) + "\n"


def main() -> int:
    return write_or_check(__doc__, {FILE: made()}, "python -m scripts.make_openapi")


if __name__ == "__main__":
    sys.exit(main())
