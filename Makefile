# Set-up happens once: .venv is made again only when the lock or pyproject.toml changes.
# Modules are compiled when they are first imported (--no-compile): most never are.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO ?= demo
PART ?= all
TESTS ?=
WORKERS ?= 2
TIMELINES ?= 100000
SEED ?= 0
PACKAGES := forewarn features models serving pipelines

# Waiting threads sleep instead of spinning: on busy machines that is several times faster.
export OMP_WAIT_POLICY ?= PASSIVE
# The same work in one thread takes half the processor time, and less time altogether.
export OPENBLAS_NUM_THREADS ?= 1
# What is imported is compiled once, not by every process that a test starts.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help setup demo test fuzz check format lint types contracts bench lock clean

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with everything pinned, and the command forewarn in it

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not ((3, 11) <= sys.version_info < (3, 14)))' || \
		{ echo "forewarn needs Python 3.11, 3.12 or 3.13; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Setting up .venv (once, about a minute) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-compile --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

demo: $(READY) ## Simulate a support desk and run everything on it, in ./demo
	@$(BIN)/forewarn demo $(DEMO)

test: $(READY) ## Run the tests; TESTS="-m 'not slow'" and the like choose among them
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)

fuzz: $(READY) ## Compare the clock with the slow one; TIMELINES=100000 of tickets, SEED=0
	@PYTHONPATH=tests/forewarn/sla $(BIN)/python tests/forewarn/sla/fuzz.py $(TIMELINES) $(SEED)

check: format lint types contracts test ## Format, lint, strict types, import contracts, tests

format: $(READY)
	@$(BIN)/ruff format --check .

lint: $(READY)
	@$(BIN)/ruff check .

types: $(READY)
	@$(BIN)/mypy

contracts: $(READY)
	@$(BIN)/lint-imports

bench: $(READY) ## Measure; PART=setup runs one part
	@$(BIN)/python -m benchmarks $(PART)

lock: $(READY) ## Compile requirements.lock from pyproject.toml again
	@$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --upgrade --quiet -o requirements.lock

clean: ## Remove what was made, .venv and the demo included
	rm -rf $(VENV) $(DEMO) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
