# The verbs of this project. `make run` and `make test` work on a fresh Linux machine with Python 3.11+.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

REGISTRY ?= ghcr.io/flan-on-kubeflow
TAG ?= 0.1.0

.PHONY: help run test test-faults check format compile bench lock servers model-registry images clean

help:  ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(READY)  ## the whole method on invented rows; ends with the report's path
	$(BIN)/flan run smoke

test: $(READY) build/cluster-venv/.ready  ## every test that this machine can run
	$(BIN)/pytest --ignore=tests/flan_core/train
	$(BIN)/pytest tests/flan_core/train -m "not faults"  # forks, before any gradient of its own

test-faults: $(READY)  ## kill, hang and corrupt a training run (five minutes)
	$(BIN)/pytest -m faults tests/flan_core/train

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

LOCK := pip compile --generate-hashes --no-emit-index-url --no-header -q

lock: $(READY)  ## requirements.lock and its like, from pyproject.toml
	$(BIN)/uv $(LOCK) pyproject.toml --group dev -o requirements.lock
	$(BIN)/uv $(LOCK) pyproject.toml tests/bench/requirements.in --group dev \
	    -c requirements.lock -o tests/bench/requirements.lock
	cd tests/cluster && ../../$(BIN)/uv $(LOCK) requirements.in -o requirements.lock
	$(BIN)/python -m images.lock

GO_BUILD := GOFLAGS="-p=1 -buildvcs=false -trimpath" go build -ldflags="-s -w" -o $(CURDIR)/build/tools

servers: kubernetes $(READY)  ## real servers for the tests: Kubernetes and MinIO (Go builds them), Prometheus
	cd tests/cluster/minio && $(GO_BUILD)/minio github.com/minio/minio
	apt-get install -y -qq prometheus prometheus-pushgateway

# Twenty minutes on two cores, once; 3 GB of sources and 5 GB of compiler cache.
kubernetes: $(READY)
	cd tests/cluster/kubernetes && $(GO_BUILD)/etcd go.etcd.io/etcd/server/v3
	cd tests/cluster/kubernetes && for name in kube-apiserver kube-controller-manager kube-scheduler kubectl; \
	    do $(GO_BUILD)/$$name k8s.io/kubernetes/cmd/$$name || exit 1; done
	cd tests/cluster/kubernetes/trainer && $(GO_BUILD)/jobset-controller sigs.k8s.io/jobset
	cd tests/cluster/kubernetes/trainer && $(GO_BUILD)/trainer-controller \
	    github.com/kubeflow/trainer/v2/cmd/trainer-controller-manager
	$(BIN)/python -m tests.cluster.crds

# From its repository: its modules replace each other by path, which Go allows to no tool module.
model-registry:  ## a real Kubeflow Model Registry and a database for the tests (Go builds it)
	test -d build/model-registry || git clone -q --depth 1 --branch v0.3.8 \
	    https://github.com/kubeflow/model-registry build/model-registry
	cd build/model-registry && CGO_ENABLED=0 GOFLAGS="-p=1 -buildvcs=false -trimpath" \
	    go build -o ../tools/model-registry .
	apt-get install -y -qq mariadb-server

images: $(READY)  ## build and push both images, and write their digests into the overlays
	$(BIN)/python -m images.build data train --registry $(REGISTRY) --tag $(TAG) --push

clean:
	rm -rf $(VENV) build runs

$(READY): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	test -x $(BIN)/uv || $(BIN)/python -m pip install -q uv
	$(BIN)/uv pip sync -q --python $(BIN)/python requirements.lock
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	touch $@

# uv takes the .venv beside it unless it is told which environment it is for.
build/cluster-venv/.ready: tests/cluster/requirements.lock $(READY)
	$(PYTHON) -m venv build/cluster-venv
	$(BIN)/uv pip sync -q --python build/cluster-venv/bin/python $<
	touch $@

build/bench-venv/.ready: tests/bench/requirements.lock $(READY)
	$(PYTHON) -m venv build/bench-venv
	$(BIN)/uv pip sync -q --python build/bench-venv/bin/python $<
	$(BIN)/uv pip install -q --python build/bench-venv/bin/python --no-deps --no-build-isolation -e .
	touch $@
