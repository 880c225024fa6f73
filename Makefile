PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Given to pip, for instance to choose where torch comes from.
PIP_FLAGS ?=
# Given to pytest and to the benchmark, for instance PYTEST_ARGS="-n auto -k penalties".
PYTEST_ARGS ?=
BENCH_ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

comma := ,
# What is compiled: a change asks for a new installation.
NATIVE := hatch_build.py src/sparsight/ops/native/kernels.c

.PHONY: help env demo test test-slow test-deepinv lint format bench results clean

help:
	@echo "make env        create $(VENV) with everything for development"
	@echo "make demo       restore a photograph and write noisy | restored | difference"
	@echo "make test       lint, types, layers, tests"
	@echo "make test-slow  the tests marked slow"
	@echo "make test-deepinv  the tests beside DeepInverse, in an environment of its own"
	@echo "make lint       lint, types, layers"
	@echo "make format     format the code and mend what ruff can mend"
	@echo "make bench      speed beside the authors' layout and rivals; writes docs/performance.md"
	@echo "make results    the papers' tables from shipped weights (SPARSIGHT_DATA names the images); writes docs/results"
	@echo "make clean      remove caches and builds (the environment stays)"

env: $(VENV)/.installed-dev

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "sparsight needs Python 3.11 or newer; '$(PYTHON)' was not found. Name one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "sparsight needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Creating $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# $(call install,WHAT): pip's words go to a log, whose end is shown if it fails.
define install
	@echo "Installing $(1) into $(VENV) (minutes the first time)"
	@$(BIN)/python -m pip install --progress-bar off $(PIP_FLAGS) -c constraints.txt -e '$(1)' >$(VENV)/pip.log 2>&1 || { tail -n 30 $(VENV)/pip.log; echo "pip failed; its full log is $(VENV)/pip.log"; exit 1; } >&2
endef

$(VENV)/.installed-core: pyproject.toml constraints.txt $(NATIVE) | $(BIN)/python
	$(call install,.)
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt $(NATIVE) | $(BIN)/python
	$(call install,.[dev])
	@touch $@ $(VENV)/.installed-core

demo: $(VENV)/.installed-core
	@$(BIN)/sparsight demo

test: env lint
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

test-slow: env
	@$(BIN)/python -m pytest -m slow $(PYTEST_ARGS)

# DeepInverse asks for torchvision, whose builds fit the torch of the package index, not the one
# for processors alone that $(VENV) may have: hence an environment of its own, without constraints.
DEEPINV := $(VENV)-deepinv

$(DEEPINV)/.installed: pyproject.toml $(NATIVE) | $(BIN)/python
	@test -x $(DEEPINV)/bin/python || $(BIN)/python -m venv $(DEEPINV)
	@echo "Installing .[deepinv] into $(DEEPINV) (minutes the first time)"
	@$(DEEPINV)/bin/python -m pip install --progress-bar off $(PIP_FLAGS) -e '.[deepinv]' torchvision beartype pytest >$(DEEPINV)/pip.log 2>&1 || { tail -n 30 $(DEEPINV)/pip.log; echo "pip failed; its full log is $(DEEPINV)/pip.log"; exit 1; } >&2
	@touch $@

test-deepinv: $(DEEPINV)/.installed
	@$(DEEPINV)/bin/python -m pytest tests/adapters tests/test_docs.py $(PYTEST_ARGS)

lint: env
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/pyright --pythonpath $(BIN)/python
	@$(BIN)/lint-imports --no-logo

format: env
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

$(VENV)/.installed-bench: pyproject.toml constraints.txt $(NATIVE) | $(BIN)/python
	$(call install,.[dev$(comma)bench])
	@touch $@

bench: $(VENV)/.installed-bench
	@$(BIN)/python benchmarks/everything.py $(BENCH_ARGS)

results: $(VENV)/.installed-core
	@mkdir -p docs/results
	@$(BIN)/sparsight bench all --resume -o docs/results

clean:
	rm -rf build dist .pytest_cache .ruff_cache .import_linter_cache
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +
