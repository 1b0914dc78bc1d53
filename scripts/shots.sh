#!/bin/sh
# Makes the screenshots of README.md anew, from the tests that walk through the web client in Chromium.
set -eu
cd "$(dirname "$0")/.."
shots=$(mktemp -d)
trap 'rm -rf "$shots"' EXIT INT TERM
PLI_SHOTS="$shots" .venv/bin/pytest -q tests/web/test_inbox.py tests/web/test_widget.py tests/web/test_console.py \
  tests/web/test_figures.py tests/web/test_reporting_a_message.py
mkdir -p docs/shots
for pair in 24-widget-thread:widget 03-list:inbox 05-guard:guard 06-consent:consent 08-revealed:reveal 74-console-case:console \
  80-figures:figures 71-report-preview:report; do
  cp "$shots/${pair%%:*}.png" "docs/shots/${pair##*:}.png"
done
