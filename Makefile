# RadSurv: `make help` lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

# uv from the PATH, else one of our own in a private environment.
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN := $(UV) run --frozen --no-sync
TEST_ARGS ?=
# What PyTorch's wheels for Linux bring and a processor alone never loads (docs/install.md); all other CUDA libraries are linked into them.
TORCH ?= gpu
GPU_ONLY = triton nvidia-cusolver nvidia-cuda-cupti nvidia-nvtx nvidia-cuda-cccl
SYNC_ARGS = $(if $(filter cpu,$(TORCH)),$(addprefix --no-install-package ,$(GPU_ONLY)))
# Decoders in the process of the tests may change its locale: texts are UTF-8 whatever it is.
export PYTHONUTF8 := 1
# Two workers with a thread of PyTorch and BLAS for every core each wait for one another, spinning, which takes more time than the work.
test test-slow fuzz: export OMP_NUM_THREADS := 1
# Where it is set, as images of containers have it, each of dozens of interpreters compiles the libraries anew: 1 to 3 s of every start.
test test-slow fuzz: export PYTHONDONTWRITEBYTECODE :=
FUZZ ?= 10
SEED ?= 0
BENCH ?=
# A benchmark is a script that can be tried with --tiny; the others are what benchmarks share, or compare runs (docs/experiments.md).
BENCHMARKS = $(shell grep -l '"--tiny"' bench/*.py)

ifeq ($(filter cpu gpu,$(TORCH)),)
$(error TORCH=$(TORCH): expected cpu or gpu)
endif

.PHONY: help setup sync-args demo test test-slow fuzz check licences sbom pin-image pin-uv bench bench-quick clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.uv/bin/uv: requirements-uv.txt
	@echo "Making a private uv in .uv/, as requirements-uv.txt says"
	@python3 -m venv .uv && .uv/bin/pip install --quiet --require-hashes --only-binary :all: --requirement $< && touch $@

# Bytecode at once: else the first command pays for it, and every one where .venv cannot be written.
# pyradiomics has a C extension and no wheel: a missing compiler is better said in a sentence than in a build log.
setup: $(filter .uv/bin/uv,$(UV))  ## install everything into .venv (7 GB: PyTorch comes with CUDA; TORCH=cpu: 5.5 GB)
	@if [ ! -x .venv/bin/radsurv ] && ! command -v $${CC:-gcc} >/dev/null 2>&1; then \
	  echo "A C compiler is needed to build pyradiomics, and none was found. Debian/Ubuntu: apt-get install gcc python3-dev" >&2; exit 1; fi
	@$(UV) sync --frozen --compile-bytecode --quiet $(SYNC_ARGS) || { echo "uv sync failed, see above. If the compiler complains about Python.h, the Python headers are missing. Debian/Ubuntu: apt-get install python3-dev" >&2; exit 1; }

sync-args:  # for docker/Dockerfile
	@echo $(SYNC_ARGS)

# The loops of `evaluate` are compiled on another core while the stages before it work.
demo: setup  ## the whole way once: SIMULATED patients in, results/report.html out
	@$(RUN) radsurv compile >/dev/null & { $(RUN) dvc pull --quiet data.dvc && $(RUN) dvc repro; } || failed=$$?; wait; exit $${failed:-0}
	@echo; echo "Report: $(CURDIR)/results/report.html"

# By file: what a module sets up for all its tests is then set up once, by the one worker that has it.
test: setup  ## the tests: every rule, number and message
	@$(RUN) pytest -n 2 --dist loadfile -m "not slow" $(TEST_ARGS)

test-slow: setup  ## those of whole runs: killed and gone on with, under DVC, W&B, MLflow and Dask, real images to the report, benchmarks
	@$(RUN) pytest -n 2 --dist loadfile -m slow $(TEST_ARGS)

# Compiled loops look whether they stay within their arrays, which is no part of their cache's key: hence a cache of its own.
fuzz: setup  ## hostile files, tables, models, options and arrays: FUZZ times as many as among the tests, by SEED
	@RADSURV_FUZZ=$(FUZZ) NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR=$(CURDIR)/.cache/bounds-checked $(RUN) pytest -n 2 -m fuzz --hypothesis-seed=$(SEED) $(TEST_ARGS)

check: setup  ## ruff, mypy, import-linter, Dockerfile lint, licences of all dependencies
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@$(RUN) lint-imports
	@$(RUN) hadolint docker/Dockerfile
	@$(RUN) python tools/licences.py
	@grep -q '^ARG BASE=.*@sha256:' docker/Dockerfile || echo "Note: docker/Dockerfile names its base image by a tag, without digest: make pin-image"

licences: setup  ## after a change of uv.lock: what each package says of its licence, into tools/licences.csv
	@$(RUN) python tools/licences.py record --uv $(UV)

sbom: setup  ## sbom.cdx.json: everything an installation may hold, with versions, hashes and licences (CycloneDX)
	@$(UV) export --frozen --quiet --no-dev --all-extras --format cyclonedx1.5 | $(RUN) python tools/sbom.py >sbom.cdx.json.tmp
	@mv sbom.cdx.json.tmp sbom.cdx.json

# A tag can be moved to another image, a digest cannot (docs/supply-chain.md).
pin-image:  ## ask the registry for the digest of the base image, and write it into docker/Dockerfile
	@command -v docker >/dev/null 2>&1 || { echo "docker is needed to ask a registry for the digest, and was not found" >&2; exit 1; }
	@tag=$$(sed -n 's/^ARG BASE=\([^@]*\).*/\1/p' docker/Dockerfile); \
	  digest=$$(docker buildx imagetools inspect "$$tag" --format '{{json .Manifest.Digest}}' | tr -d '"') \
    || { echo "docker buildx got no digest of $$tag from its registry, see above: docker/Dockerfile is as it was" >&2; exit 1; }; \
	  [[ $$digest =~ ^sha256:[0-9a-f]{64}$$ ]] || { echo "docker buildx gave no digest of $$tag, but: $$digest" >&2; exit 1; }; \
	  sed "s|^ARG BASE=.*|ARG BASE=$$tag@$$digest|" docker/Dockerfile >docker/Dockerfile.tmp; \
	  mv docker/Dockerfile.tmp docker/Dockerfile; echo "docker/Dockerfile: $$tag@$$digest"

pin-uv: setup  ## the newest uv, with the hashes of its wheels, into requirements-uv.txt
	@echo uv | $(UV) pip compile --quiet --universal --no-header --no-annotate --upgrade --generate-hashes --output-file requirements-uv.txt -

bench: setup  ## ratios against the usual alternatives, measured side by side
	@for script in $(BENCHMARKS); do echo "== $$script"; $(RUN) python -u $$script; done

bench-quick: setup  ## the same in two minutes, beside the ratios of bench/ratios.csv (BENCH=--record writes them anew)
	@OMP_NUM_THREADS=1 $(RUN) python -u bench/ratios.py $(BENCH)

clean:  ## remove what runs have left (never data)
	rm -rf results runs multirun .cache
