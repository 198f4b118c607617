# eligibility-streams: everything a developer runs. `make` alone lists the targets.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

# The first Python of 3.11 or newer that really runs (a version manager may offer names that do not).
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3.14 python3 python; do \
	if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then echo "$$name"; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
COMPILED := build/compiled
# What runs so finds the compiled packages first, then the tests.
NATIVE := PYTHONSAFEPATH=1 PYTHONPATH="$(CURDIR)/$(COMPILED):$(CURDIR)" $(BIN)/python
ARGS ?=

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(STAMP) ## Make .venv with everything in the lock; does nothing when it is up to date

$(STAMP): requirements/dev.txt pyproject.toml
	@deploy/scripts/setup.sh "$(PYTHON)" $(VENV)
	@touch $@

.PHONY: run
run: $(STAMP) ## Kafka, workers and a feed of real events on this machine; without a terminal a bounded run
	@if [ -t 0 ] && [ -z "$${CI:-}" ]; then $(BIN)/eligibility up $(ARGS); \
	else $(BIN)/eligibility up --events 100 --rate 10 $(ARGS); fi

.PHONY: test
test: $(STAMP) ## All tests, on the real Kafka, in two processes with a broker each; ARGS are pytest's
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

.PHONY: test-fast
test-fast: $(STAMP) ## The tests that need no Kafka
	@$(BIN)/python -m pytest --ignore=tests/integration $(ARGS)

.PHONY: compiled
compiled: $(STAMP) ## The core as native modules in build/compiled, twice as fast (needs a C compiler); two minutes
	@$(BIN)/python deploy/scripts/compile.py $(COMPILED)

.PHONY: test-compiled
test-compiled: compiled ## The core's contracts, histories, laws and differentials once more, compiled
	@$(NATIVE) -m pytest --import-mode=append -n 2 --dist worksteal tests/contracts tests/unit/core tests/unit/codec \
		tests/unit/policy tests/properties tests/unit/test_compiled.py $(ARGS)

.PHONY: w1
w1: compiled ## W1 through the local Kafka, exactly once, one worker, compiled: events/s and the check; a minute
	@$(NATIVE) -m tests.bench.w1_kafka $(ARGS)

.PHONY: faults
faults: $(STAMP) ## Kills, zombies, moves, broken brokers and networks, for minutes; ELIGIBILITY_LONG=1 for an hour
	@$(BIN)/python -m pytest -n 2 --dist load --maxschedchunk 1 -m faults tests/integration/faults $(ARGS)

.PHONY: browser
browser: $(STAMP) ## Pages in Debian's Chromium: live, without scripts, by keyboard, axe, both languages; minutes
	@$(BIN)/python -m pytest -m browser tests/browser $(ARGS)

.PHONY: screenshots
screenshots: $(STAMP) ## Write deploy/docs/screenshots anew: 12 states of the customer's page and 5 other pages, each held to what it must say
	@$(BIN)/python -m tests.browser.screenshots $(ARGS)

.PHONY: simulate
simulate: $(STAMP) ## 2,000 simulated systems under kills and moves, then each planted mistake must be found; minutes
	@$(BIN)/python -m tests.simulation $(ARGS)
	@$(BIN)/python -m tests.simulation --bugs

.PHONY: bench
bench: compiled ## Ours by stage beside the floor, audit, restore, questions, reads, and beside Faust on W1; 40 minutes
	@$(NATIVE) -m tests.bench.whole
	@$(NATIVE) -m tests.bench.against --name faust --peers faust faust-transacted --runs 2 --events 100000 $(ARGS)

.PHONY: bench-peers
bench-peers: compiled ## W1 beside Kafka Streams and Faust, in turns, every output checked; 17 minutes
	@$(NATIVE) -m tests.bench.against $(ARGS)

.PHONY: bench-growth
bench-growth: compiled ## How costs grow with accounts, partitions, rules and more; short form 10 minutes, ARGS=--full 1 hour
	@$(NATIVE) -m tests.bench.growth $(ARGS)

.PHONY: bench-check
bench-check: $(STAMP) ## The last results' ratios beside the committed baseline; fails on a loss of more than 15 %
	@$(BIN)/python -m tests.bench.check $(ARGS)

.PHONY: bench-page
bench-page: $(STAMP) ## Write tables and curves of the last results into deploy/docs/performance.md
	@$(BIN)/python -m tests.bench.page

.PHONY: lint
lint: $(STAMP) ## Style and likely mistakes (ruff)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: fuzz
fuzz: $(STAMP) ## Decoding and policies under atheris, SECONDS_EACH (300); what it finds is left in .fuzz
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/fuzz.txt
	@for target in decode policy; do $(BIN)/python -m tests.fuzz.long $$target $${SECONDS_EACH:-300}; done

.PHONY: types
types: $(STAMP) ## Types (mypy, strict)
	@$(BIN)/mypy

.PHONY: architecture
architecture: $(STAMP) ## Which room may import which (import-linter)
	@$(BIN)/lint-imports --no-cache

.PHONY: manifests
manifests: ## Check alert rules, units, scripts and images by tools that no Python package brings
	@deploy/scripts/check.sh .tools

.PHONY: check
check: ## Exactly what CI runs
	@bash .ci/run

.PHONY: format
format: $(STAMP) ## Format the code and repair what ruff can
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

.PHONY: readme
readme: $(STAMP) ## Run the README's commands in a fresh directory and virtual environment, with the time of each
	@$(BIN)/python deploy/scripts/readme.py $(ARGS)

.PHONY: contracts-page
contracts-page: $(STAMP) ## Write deploy/docs/contracts.md anew from the contracts
	@$(BIN)/python deploy/scripts/contracts_page.py

.PHONY: lock
lock: $(STAMP) ## Resolve the dependencies anew and write requirements/*.txt with hashes
	@deploy/scripts/lock.sh $(BIN)/uv

.PHONY: clean
clean: ## Remove .venv, caches and the local Kafka's data (stops it first)
	@if [ -x $(BIN)/eligibility ] && [ -d .eligibility ]; then $(BIN)/eligibility kafka stop; fi
	@rm -rf $(VENV) .tools .eligibility .fuzz .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
