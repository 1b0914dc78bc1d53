"""Files that are made from the code and checked in: written anew, or with --check compared."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def write_or_check(description: str | None, files: Mapping[Path, str], command: str) -> int:
    """The exit status of a script that makes these files. `command` tells how to run it."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="write nothing; a difference is an error")
    is_check = parser.parse_args().check
    status = 0
    for file, text in files.items():
        if not is_check:
            file.write_text(text, encoding="utf-8")
        elif file.read_text(encoding="utf-8") != text:
            print(f"{file.relative_to(ROOT)} is not what the structs say. Run: {command}", file=sys.stderr)
            status = 1
    return status
