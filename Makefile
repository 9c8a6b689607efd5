# Postroom's commands. Two matter: `make run` and `make test`; they prepare whatever is missing.

.DEFAULT_GOAL := help
.PHONY: help run test setup setup-tests assets lint faults bench bench-pages bench-applications clean
SHELL := /bin/sh

# The first Python that is new enough; PYTHON=... chooses another one.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --use-pep517 --no-compile
# Before 25, pip took twice as long to choose what to install. Where a newer one cannot be had, an older one will do.
NEWER_PIP := pip==26.3
# Compiled by all processors; pip would use one. Libraries bring files along that are no Python of ours: never mind.
COMPILE := $(BIN)/python -m compileall -q -j 0 .venv/lib >/dev/null 2>&1 || true
PYTEST_ARGS ?=
# All tests are shared out to so many processes, each with services of its own; the checks run beside them.
TEST_PROCESSES ?= 3
SHARED_OUT := -n $(TEST_PROCESSES) --dist loadgroup --no-loadscope-reorder
N ?= 10000
# How often each measurement of the bench is repeated, and which of them; empty is all but those that take long.
RUNS ?= 3
ONLY ?=
BENCH_ARGS ?=

help:
	@echo 'make run            a whole Postroom on this machine; it prints where it is and who can sign in'
	@echo 'make test           every check and every test; PYTEST_ARGS="..." runs only pytest, with these arguments'
	@echo 'make lint           the checks without the tests'
	@echo 'make faults N=100000  makes every fault happen while N letters go out, and counts what was lost, doubled or in doubt'
	@echo 'make bench N=10000 RUNS=3 ONLY="shoot stages"  sends N letters through the real path, and measures it'
	@echo 'make bench-pages N=1000000  times the pages of shoots and of the log over N letters'
	@echo 'make bench-applications N=5000  times the organizer’s pages with N applications, over HTTP'
	@echo 'make setup          prepares what make run needs, without running anything'
	@echo 'make clean          removes what make setup has made; the data in var/ stay'

run: setup
	@exec $(BIN)/python -m webapp.demo.supervisor

# pip and npm wait for the network in turns, so they do it beside each other.
setup:
	@$(MAKE) -s --no-print-directory -j2 .setup/requirements assets

setup-tests:
	@$(MAKE) -s --no-print-directory -j2 .setup/requirements-tests assets

.venv/pyvenv.cfg:
	@if [ -z "$(PYTHON)" ]; then \
		echo 'Postroom needs Python 3.11 or newer, and there is none called python3 here.' \
			'Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3' >&2; exit 1; fi
	@echo 'Postroom: making the virtual environment .venv'
	@rm -rf .venv .setup/requirements .setup/requirements-tests
	@$(PYTHON) -m venv .venv >.venv.log 2>&1 || { rm -rf .venv; \
		$(PYTHON) -m virtualenv --quiet .venv >>.venv.log 2>&1; } || { cat .venv.log; rm -rf .venv .venv.log; \
		echo 'Postroom: Python could not make a virtual environment. On Debian and Ubuntu its parts are in' \
			'another package: apt-get install python3-venv' >&2; exit 1; }
	@rm -f .venv.log
	@$(BIN)/python -c 'import pip, sys; sys.exit(int(pip.__version__.split(".")[0]) < 25)' || \
		$(PIP) --upgrade $(NEWER_PIP) || true

.setup/requirements: requirements.txt .venv/pyvenv.cfg
	@echo 'Postroom: installing requirements.txt'
	@$(PIP) -r requirements.txt
	@$(COMPILE)
	@mkdir -p .setup && touch $@

# Both lists at once: pip looks through them, and through what is there, only once.
.setup/requirements-tests: requirements.txt tests/requirements.txt .venv/pyvenv.cfg
	@echo 'Postroom: installing requirements.txt and tests/requirements.txt'
	@$(PIP) -r requirements.txt -r tests/requirements.txt
	@$(COMPILE)
	@mkdir -p .setup && touch .setup/requirements $@

assets: .venv/pyvenv.cfg
	@$(BIN)/python -m webapp.demo.assets

test: setup-tests
	@command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
		echo 'Postroom: there is no chromium here, so the browser tests are skipped'
ifeq ($(strip $(PYTEST_ARGS)),)
	@$(MAKE) --no-print-directory lint >.setup/lint.log 2>&1 & lint=$$!; $(BIN)/python -m pytest $(SHARED_OUT); tests=$$?; \
		wait $$lint || { cat .setup/lint.log; exit 1; }; cat .setup/lint.log; exit $$tests
else
	@$(BIN)/python -m pytest $(PYTEST_ARGS)
endif

lint: setup-tests
	@echo 'Postroom: ruff check, ruff format, mypy, lint-imports'
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache >.setup/imports.log || { cat .setup/imports.log; exit 1; }

faults: N := $(if $(filter file,$(origin N)),0,$(N))
faults: setup-tests
	@$(BIN)/python -m tests.faults --letters $(N) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY))

bench: setup
	@$(BIN)/python -m bench.run --letters $(N) --runs $(RUNS) $(if $(ONLY),--only $(ONLY)) $(BENCH_ARGS)

bench-pages: N := $(if $(filter file,$(origin N)),1000000,$(N))
bench-pages: setup
	@$(BIN)/python -m bench.pages --letters $(N)

bench-applications: N := $(if $(filter file,$(origin N)),5000,$(N))
bench-applications: setup
	@$(BIN)/python -m bench.applications --applications $(N)

clean:
	rm -rf .venv .setup node_modules static/vendor .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find webapp tests bench migrations -name __pycache__ -prune -exec rm -rf {} +
