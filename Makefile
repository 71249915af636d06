# Everything a newcomer needs. Each target does its own set-up, in .venv, with the pinned versions of constraints.txt.

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
# The first of these that is Python 3.11 or newer; `make PYTHON=/path/to/python demo` takes another.
PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11,$(shell \
	$(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))))
# Options for installing torch, e.g. an index of CPU-only builds: see docs/maintainers.md.
TORCH_OPTIONS ?=
PORT ?= 8501
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt

.PHONY: help setup demo serve test check soak bench bench-gpu bench-load bench-site screenshots clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 16

setup: $(VENV)/.dev  ## the virtual environment, with everything that development needs

demo: $(VENV)/.runtime  ## invented benchmark, baselines, scores, release 1, and the site on http://localhost:8501
	@$(BIN)/reasonboard demo --port $(PORT)

serve: $(VENV)/.runtime  ## the site, on what is published
	@$(BIN)/reasonboard serve --port $(PORT)

test: check  ## everything that CI checks
	@$(BIN)/python -m tests.e2e.browser
	$(BIN)/pytest -n auto --maxprocesses 4 --dist worksteal

check: $(VENV)/.dev  ## style, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

soak: $(VENV)/.dev  ## long fault and load runs
	@$(PIP) --editable '.[score,generate,readers,dev,ray]'
	$(BIN)/pytest -m soak --timeout 3600 -s

bench-site: $(VENV)/.dev  ## the site with 1,000 systems: time to the table, clicks, sessions, memory
	@$(BIN)/python -m tests.e2e.browser
	$(BIN)/python -m benchmarks.site

screenshots: $(VENV)/.dev  ## pictures of every page: build/screenshots, the best of them in docs
	@$(BIN)/python -m tests.e2e.browser
	$(BIN)/python -m tests.e2e.screenshots

bench-gpu: $(VENV)/.dev  ## BARTScore, BERTScore and NLI on this machine's GPU, in 5 minutes; runs without the other packages too
	$(BIN)/python -m benchmarks.gpu
	$(BIN)/python -m benchmarks.bertscore --gpu
	$(BIN)/python -m benchmarks.gpu_entailment

bench-load: $(VENV)/.dev  ## how long health takes while others ask for all that anybody may ask
	$(BIN)/python -m benchmarks.load

bench: $(VENV)/.dev  ## the figures in benchmarks/README.md
	$(BIN)/python -m benchmarks

clean:  ## remove the virtual environment and caches; the board's data stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "ReasonBoard needs Python 3.11 or newer; none was found. Install it, or say make PYTHON=/path/to/python"; exit 1; }
	@echo "Making the virtual environment $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

# torch in a step of its own: resolved together with the rest, an unpinned torch pulls in gigabytes of CUDA.
$(VENV)/.torch: $(VENV)/bin/python
	@echo "Installing torch"
	@$(PIP) $(TORCH_OPTIONS) "$$(grep -i '^torch==' constraints.txt)"
	@touch $@

$(VENV)/.runtime: $(VENV)/.torch pyproject.toml constraints.txt
	@echo "Installing ReasonBoard and what it needs"
	@$(PIP) --editable '.[score]'
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	@echo "Installing what development needs"
	@$(PIP) --editable '.[score,generate,readers,dev]'
	@touch $@
