#!/bin/sh
# Makes the virtual environment named by the first argument: exactly the locked packages, hashes checked, and the
# project itself in editable form. A second run brings an existing environment up to the lock file.
set -eu
cd "$(dirname "$0")/.."
venv=${1:-.venv}

scripts/system_packages.sh python
"$venv/bin/python" -m pip --version > /dev/null 2>&1 || "$(scripts/find_python.sh)" -m venv --clear "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
touch "$venv/.ready"
