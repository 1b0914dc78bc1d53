#!/bin/sh
# Runs a command in clients/web with the Node.js of the virtual environment: scripts/web.sh npx vitest run
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
export PATH
cd clients/web
exec "$@"
