# Pli: everything a newcomer or a machine runs. Each target brings what it needs, on a fresh Debian 12+ or Ubuntu 24.04+.

.PHONY: help setup web demo check test soak bench lint lint-python lint-web clean
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WEB := clients/web
WEB_READY := $(WEB)/node_modules/.ready
FAST := not slow and not faults and not soak
# Many tests wait for sockets and processes more than they compute: four at a time keep two cores busy. The fast ones wait for
# nothing, and each worker looks for all tests.
WORKERS := -n 4 --dist worksteal
FAST_WORKERS := -n 2 --dist worksteal
# What one process compiled the next one takes: a run starts more than a hundred.
unexport PYTHONDONTWRITEBYTECODE

help: ## Lists these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) $(WEB_READY) ## Makes the virtual environment from the lock files, with the project in it

$(READY): requirements.lock pyproject.toml scripts/setup.sh scripts/system_packages.sh
	scripts/setup.sh $(VENV)

$(WEB_READY): $(WEB)/package.json $(WEB)/package-lock.json | $(READY)
	scripts/web.sh npm ci
	touch $@

web: setup ## Builds the web client into messaging/web/static
	scripts/web.sh npm run -s build

demo: web ## Plays the demonstration over real sockets, and stays up
	$(BIN)/pli demo

check: setup lint ## Linters, types, layers and the fast tests
	$(BIN)/pytest -q $(FAST_WORKERS) -m "$(FAST)"

test: web lint ## Everything, with the counts at a tenth
	scripts/system_packages.sh postgres redis chromium
	$(BIN)/pytest -q $(WORKERS) -m "not alone"
	$(BIN)/pytest -q -m alone tests/web

soak: web ## Everything, with the whole counts
	scripts/system_packages.sh postgres redis chromium
	PLI_TEST_SCALE=1 $(BIN)/pytest -q --timeout=7200

bench: setup ## Measures against the floor and the peers, and writes bench/latest.json
	scripts/system_packages.sh postgres redis
	scripts/bench_peers.sh
	$(BIN)/python -m bench

lint: setup
	$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint-python lint-web

lint-python:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lint-web:
	scripts/web.sh npm run -s check

clean: ## Removes the virtual environment and the caches, not the data in var
	rm -rf $(VENV) $(WEB)/node_modules messaging/web/static .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
