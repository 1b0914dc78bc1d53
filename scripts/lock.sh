#!/bin/sh
# Writes requirements.lock anew from pyproject.toml: newest allowed versions for Python 3.11 and later, with hashes.
# The resolver lives in a throw-away environment; arguments go to it (`--upgrade-package NAME`, say).
set -eu
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT INT TERM
"$(scripts/find_python.sh)" -m venv "$tools"
"$tools/bin/python" -m pip install --quiet --disable-pip-version-check uv
"$tools/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
  --no-emit-index-url --extra server --group dev pyproject.toml -o requirements.lock "$@"
