#!/bin/sh
# Installs the servers that `make bench` compares with, as far as this machine lets it: ejabberd from the distribution,
# socket.io from npm, as locked in bench/peers. The bench leaves out what is missing, and says so.
set -eu
cd "$(dirname "$0")/.."

scripts/system_packages.sh ejabberd || echo "The bench runs without ejabberd." >&2

PATH="$PWD/.venv/bin:$PATH"
export PATH
cd bench/peers
# npm writes this file last, when everything is there.
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
  npm ci --loglevel=error || { rm -rf node_modules; echo "The bench runs without socket.io." >&2; }
fi
