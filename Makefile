# What developers and CI run. Needs make and Python 3.11 or later; everything else is put into .venv, or .venv-lowest.
PYTHON ?= python3
VENV := .venv
SCRIPTS := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
BIN := $(VENV)/$(SCRIPTS)
READY := $(VENV)/.ready
ROUNDS ?= 20
EXTENSION := $(CURDIR)/flowdsl/notebook/lab
LOWEST := .venv-lowest
# Old packages call functions that newer ones below them have deprecated.
OLD := $(foreach kind,Deprecation PendingDeprecation Future,-W ignore::$(kind)Warning)
SHELL := bash

.DEFAULT_GOAL := help
.PHONY: demo lab test lowest coverage browser check style types loose layers generated words changes golden bench soak notebooks \
  docs help

demo: $(READY) ## simulate a small flow on generated contacts
	$(BIN)/flowdsl demo

lab: $(READY) ## open the notebooks in JupyterLab, with what OPTIONS say: OPTIONS="--port 8900 --no-browser"
	$(BIN)/flowdsl kernel install
	JUPYTER_PATH=$(EXTENSION)$${JUPYTER_PATH:+:$$JUPYTER_PATH} $(BIN)/jupyter lab $(OPTIONS) notebooks

test: $(READY) ## run all tests, the examples of docstrings and docs and the notebooks too
	$(BIN)/python -m pytest -n auto
	$(BIN)/python -m pytest -n auto --dist loadfile --nbval --nbval-current-env notebooks

lowest: $(LOWEST)/.ready ## run the tests with the oldest versions that pyproject.toml allows, in an environment of their own
	NUMBA_CACHE_DIR=$(CURDIR)/$(LOWEST)/numba $(LOWEST)/$(SCRIPTS)/python -m pytest -n auto $(OLD)

browser: $(READY) ## see JupyterLab as people do, in Chromium; needs npm and chromium (CHROMIUM=path), makes pictures for the docs
	npm install --prefix tests/browser --no-package-lock --no-audit --no-fund --silent
	node tests/browser/run.mjs $(CHECKS)

coverage: $(READY) ## run all tests, with the compiled engine as Python too, and show which lines they reach (htmlcov/index.html)
	$(BIN)/python -m pytest -q -n auto --cov --cov-report=
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -q -n auto --cov --cov-append --cov-report=term:skip-covered --cov-report=html \
	  -k "not auto_takes and not without_any_folder" tests/engines/test_compiled.py tests/engines/test_without_jit.py

check: style types loose layers generated words ## all of the following six

style: $(READY) ## ruff: rules and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## mypy
	$(BIN)/mypy

loose: $(READY) ## Any, object, cast and type: ignore in flowdsl/: no room has more than before
	$(BIN)/python docs/loose_types.py

layers: $(READY) ## import-linter: which module may import which
	$(BIN)/lint-imports --no-cache

generated: $(READY) ## generated files are up to date
	$(BIN)/python docs/generate.py --check

words: $(READY) ## words that texts avoid, and what to write instead
	$(BIN)/python docs/words.py

changes: $(READY) ## show the changelog of the next release, made of the files in changes/
	$(BIN)/towncrier build --draft --version next

golden: $(READY) ## rewrite the golden files of the tests; the diff is the review
	GOLDEN=write $(BIN)/python -m pytest -q -n auto tests -k golden
	git --no-pager diff --stat -- tests

bench: $(READY) ## measure speed and memory
	$(BIN)/python -m benchmarks

soak: $(READY) ## a thousand forecasts and long hunts; then generated programs and noise, ROUNDS times with fresh seeds
	$(BIN)/python -m pytest -q -n auto tests/oracles/soak_coverage.py
	SOAK=1 $(BIN)/python -m pytest -q -n auto $$(grep -rl SOAK tests --include='test_*.py')
	for round in $$(seq $(ROUNDS)); do \
	  SOAK=1 $(BIN)/python -m pytest -q -n auto -m hypothesis --hypothesis-seed=$$RANDOM$$round tests || exit 1; \
	done

notebooks: $(READY) ## run the notebooks again, and write what they show; the diff is the review
	$(BIN)/python docs/notebooks.py

docs: $(READY) ## rewrite the pages and files that are made from code
	$(BIN)/python docs/generate.py

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

define check-python
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "FlowDSL needs Python 3.11 or later: make PYTHON=python3.12"; exit 1; }
endef

# The oldest versions of some packages are built for no newer Python.
define check-oldest-python
	@$(PYTHON) -c 'import sys, tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	  sys.exit(project["requires-python"] != ">=%d.%d" % sys.version_info[:2])' || \
	  { echo "This needs the oldest Python that pyproject.toml allows: make PYTHON=python3.11 lowest"; exit 1; }
endef

$(READY): pyproject.toml
	$(check-python)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

# uv reads the lower bounds in pyproject.toml and installs exactly these; pip cannot.
$(LOWEST)/.ready: pyproject.toml
	$(check-python)
	$(check-oldest-python)
	$(PYTHON) -m venv --clear $(LOWEST)
	$(LOWEST)/$(SCRIPTS)/python -m pip install --quiet --disable-pip-version-check uv
	$(LOWEST)/$(SCRIPTS)/uv pip install --quiet --python $(LOWEST)/$(SCRIPTS)/python --resolution lowest-direct --editable '.[dev]'
	touch $@
