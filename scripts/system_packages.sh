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

# $1: need. Prints packages that do most of it for less work, where the distribution has them. It goes without them, too.
lighter() {
  case "$1" in
    chromium) command -v chromium-headless-shell > /dev/null || echo chromium-headless-shell ;;
  esac
}

# $1: package. Succeeds when the distribution has it, as far as this machine was told.
offered() {
  command -v apt-cache > /dev/null && apt-cache show "$1" > /dev/null 2>&1
}

had_ejabberd=$(command -v ejabberdctl || true)
missing=
wished=
for need in "$@"; do
  present "$need" || missing="$missing $(packages "$need")"
  for package in $(lighter "$need"); do
    if [ -n "$missing" ] || offered "$package"; then wished="$wished $package"; fi
  done
done
[ -n "$missing$wished" ] || exit 0

# As root directly; else through sudo, which may ask for the password only where somebody can type it, and must.
if [ "$(id -u)" -eq 0 ]; then
  as_root=
elif command -v sudo > /dev/null && { { [ -n "$missing" ] && [ -t 0 ]; } || sudo -n true 2> /dev/null; }; then
  as_root=sudo
else
  as_root=none
fi

if [ "$as_root" = none ] || ! command -v apt-get > /dev/null; then
  [ -n "$missing" ] || exit 0
  echo "Missing on this machine. Install these packages, then run the same command again:" >&2
  echo "  apt-get install$missing" >&2
  exit 1
fi

echo "Installing$missing$wished"
# shellcheck disable=SC2086  # as_root may be empty
install() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"; }
$as_root apt-get update -q || [ -z "$missing" ]
# shellcheck disable=SC2086  # the list is meant to split into words
[ -z "$missing" ] || install $missing
for package in $wished; do
  if offered "$package"; then install "$package" || echo "The tests run without $package, too." >&2; fi
done

# The bench starts an ejabberd of its own: the service that came with the package just now, and listens, is not wanted.
if [ -z "$had_ejabberd" ] && command -v ejabberdctl > /dev/null && [ -d /run/systemd/system ]; then
  $as_root systemctl --quiet disable --now ejabberd
fi

for need in "$@"; do
  present "$need" || { echo "$need is still missing after installing$missing" >&2; exit 1; }
done
