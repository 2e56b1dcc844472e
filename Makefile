# make sweep   read the sample tenants against their frameworks and report
# make test    set up what the tests need and pass them all
# make ui      the Dagster UI on http://localhost:3000
# make check   lint, types, the walls between rooms, and the prompt files
# make eval    all active prompts and the local judge on all evaluation cases
# make bench   quality on the sample truth, then speed

PYTHON ?= python3
BIN := .venv/bin
export DAGSTER_HOME ?= $(CURDIR)/dagster_home

.PHONY: sweep test ui check eval bench clean

sweep: .venv/.ready
	@$(BIN)/radar sweep

test: .venv/.ready
	@tools/test_setup.sh
	$(BIN)/python -m pytest -n 2

ui: .venv/.ready
	@$(BIN)/radar ui

check: .venv/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/radar prompts check

eval: .venv/.ready
	@$(BIN)/radar prompts eval

bench: .venv/.ready
	$(BIN)/python -m bench.quality sample
	$(BIN)/python -m bench.speed

clean:
	rm -rf .venv data/store

# torch goes first and by itself: with it in place the lock file needs no CUDA packages.
.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; say which: make PYTHON=python3.12 sweep"; exit 1; }
	@echo "Building .venv (once; two minutes or so) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check torch==2.13.0
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@
