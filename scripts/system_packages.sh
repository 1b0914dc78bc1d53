#!/bin/sh
# Makes sure that the machine has what a step needs beyond Python packages:
#
#   scripts/system_packages.sh NEED...      NEED: python | postgres | redis | chromium | ejabberd
#
# What is missing is installed from the distribution (Debian, Ubuntu) as root or through sudo; where that may not be,
# the command to run is printed and the exit status is 1. A step that comes to need another program adds a row here.
set -eu

# $1: need. Succeeds when the machine already has it.
present() {
  case "$1" in
    python) "$(dirname "$0")/find_python.sh" > /dev/null ;;
    postgres) command -v initdb > /dev/null || ls /usr/lib/postgresql/*/bin/initdb > /dev/null 2>&1 ;;
    redis) command -v redis-server > /dev/null && command -v redis-cli > /dev/null ;;
    chromium) command -v chromium > /dev/null || command -v chromium-browser > /dev/null || command -v google-chrome > /dev/null ;;
    ejabberd) command -v ejabberdctl > /dev/null && ls -d /usr/lib/erlang/lib/p1_pgsql-* > /dev/null 2>&1 ;;
    *) echo "unknown need: $1" >&2; exit 2 ;;
  esac
}

# $1: need. Prints the distribution's packages for it.
packages() {
  case "$1" in
    python) echo python3 python3-venv ;;
    postgres) echo postgresql ;;
    redis) echo redis-server redis-tools ;;
    chromium) echo chromium ;;
    ejabberd) echo ejabberd erlang-p1-pgsql ;;
  esac
}

had_ejabberd=$(command -v ejabberdctl || true)
missing=
for need in "$@"; do
  present "$need" || missing="$missing $(packages "$need")"
done
[ -n "$missing" ] || exit 0

# As root directly; else through sudo, which may ask for the password only where somebody can type it.
if [ "$(id -u)" -eq 0 ]; then
  as_root=
elif command -v sudo > /dev/null && { [ -t 0 ] || sudo -n true 2> /dev/null; }; then
  as_root=sudo
else
  as_root=none
fi

if [ "$as_root" = none ] || ! command -v apt-get > /dev/null; then
  echo "Missing on this machine. Install these packages, then run the same command again:" >&2
  echo "  apt-get install$missing" >&2
  exit 1
fi

echo "Installing$missing"
# shellcheck disable=SC2086  # the list is meant to split into words, and as_root may be empty
{
  $as_root apt-get update -q
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
}

# The bench starts an ejabberd of its own: the service that came with the package just now, and listens, is not wanted.
if [ -z "$had_ejabberd" ] && command -v ejabberdctl > /dev/null && [ -d /run/systemd/system ]; then
  $as_root systemctl --quiet disable --now ejabberd
fi

for need in "$@"; do
  present "$need" || { echo "$need is still missing after installing$missing" >&2; exit 1; }
done
