# The verbs of this project. `make run` and `make test` work on a fresh Linux machine with Python 3.11+.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test test-faults check format compile lock bench servers images clean

run: $(READY)  ## the whole method on invented rows; ends with the report's path
	$(BIN)/flan run smoke

test: $(READY)  ## every test that this machine can run
	$(BIN)/pytest

check: $(READY)  ## lint, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

compile: $(READY)  ## pipelines/compiled/, for the Kubeflow UI and for kubectl
	$(BIN)/flan compile

bench: $(READY) build/bench-venv/.ready  ## ratios against the peers, into build/bench.json
	build/bench-venv/bin/python -m tests.bench

lock: $(READY)  ## requirements.lock and its like, from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --group dev --generate-hashes \
	    --no-emit-index-url --no-header -q -o requirements.lock

clean:
	rm -rf $(VENV) build runs

$(READY): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(BIN)/uv || $(BIN)/python -m pip install -q uv
	$(BIN)/uv pip sync -q requirements.lock
	$(BIN)/uv pip install -q --no-deps --no-build-isolation -e .
	touch $@

build/bench-venv/.ready: tests/bench/requirements.lock
	$(PYTHON) -m venv build/bench-venv
	build/bench-venv/bin/python -m pip install -q uv
	build/bench-venv/bin/uv pip sync -q tests/bench/requirements.lock
	build/bench-venv/bin/uv pip install -q --no-deps --no-build-isolation -e .
	touch $@
