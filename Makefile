# RadSurv: `make help` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

# uv from the PATH, else one of our own in a private environment.
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := $(UV) run --frozen --no-sync
TEST_ARGS ?=
# Decoders in the process of the tests may change its locale: texts are UTF-8 whatever it is.
export PYTHONUTF8 := 1
FUZZ ?= 10
SEED ?= 0
# A benchmark is a script that can be tried with --tiny; the others are what benchmarks share, or compare runs (docs/experiments.md).
BENCHMARKS = $(shell grep -l '"--tiny"' bench/*.py)

.PHONY: help setup demo test test-slow fuzz check bench clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.uv/bin/uv:
	@echo "uv is not installed: making a private one in .uv/"
	@python3 -m venv .uv && .uv/bin/pip install --quiet uv

# Bytecode at once: else the first command pays for it, and every one where .venv cannot be written.
# pyradiomics has a C extension and no wheel: a missing compiler is better said in a sentence than in a build log.
setup: $(filter .uv/bin/uv,$(UV))  ## install everything into .venv (7 GB: PyTorch comes with CUDA)
	@if [ ! -x .venv/bin/radsurv ] && ! command -v $${CC:-gcc} >/dev/null 2>&1; then \
	  echo "A C compiler is needed to build pyradiomics, and none was found. Debian/Ubuntu: apt-get install gcc python3-dev" >&2; exit 1; fi
	@$(UV) sync --frozen --compile-bytecode --quiet || { echo "uv sync failed, see above. If the compiler complains about Python.h, the Python headers are missing. Debian/Ubuntu: apt-get install python3-dev" >&2; exit 1; }

demo: setup  ## the whole way once: SIMULATED patients in, results/report.html out
	@$(RUN) dvc pull --quiet data.dvc
	@$(RUN) dvc repro
	@echo; echo "Report: $(CURDIR)/results/report.html"

test: setup  ## the tests
	@$(RUN) pytest -n 2 -m "not slow" $(TEST_ARGS)

test-slow: setup  ## those that take tens of seconds each: DVC end to end, real images to the report
	@$(RUN) pytest -n 2 -m slow $(TEST_ARGS)

# Compiled loops look whether they stay within their arrays, which is no part of their cache's key: hence a cache of its own.
fuzz: setup  ## hostile files, tables, models, options and arrays: FUZZ times as many as among the tests, by SEED
	@RADSURV_FUZZ=$(FUZZ) NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR=$(CURDIR)/.cache/bounds-checked $(RUN) pytest -n 2 -m fuzz --hypothesis-seed=$(SEED) $(TEST_ARGS)

check: setup  ## ruff, mypy, import-linter, Dockerfile lint
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@$(RUN) lint-imports
	@$(RUN) hadolint docker/Dockerfile

bench: setup  ## ratios against the usual alternatives, measured side by side
	@for script in $(BENCHMARKS); do echo "== $$script"; $(RUN) python $$script; done

clean:  ## remove what runs have left (never data)
	rm -rf results runs multirun .cache
