#!/bin/sh
# Prints the first interpreter that can carry the project: Python 3.11 or later, able to make virtual environments.
# Exit status 1 when there is none.
set -eu
for name in python3 python3.11 python3.12 python3.13 python3.14; do
  if "$name" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
    command -v "$name"
    exit 0
  fi
done
exit 1
