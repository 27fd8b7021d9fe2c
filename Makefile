# stepthree: every target sets up what it needs; a second run starts at once.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
TOOLS := $(VENV)/.test-tools
BROKER := deploy/kafka/lib/.fetched
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
INSTALL := $(PIP) install --require-hashes --no-deps -r
LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --group build
ARGS ?=
MAVEN = $(if $(wildcard $(BROKER)),,mvn)
NEEDS = python java $(MAVEN)

export PATH := $(CURDIR)/$(BIN):$(PATH)
unexport PYTHONPATH

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo up test check fix bench faults dashboards setup lock clean preflight

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo 'ARGS are passed on: make demo ARGS="--once --events 20000"; make test ARGS="-k funnel"; make bench ARGS="engine"; make faults ARGS="--tier full"'

demo: $(RUNTIME) $(BROKER) | preflight ## a simulated campaign on a live page, on a real broker and engine
	@$(BIN)/stepthree demo $(ARGS)

up: $(RUNTIME) $(BROKER) | preflight ## the whole stack in the foreground
	@$(BIN)/stepthree up $(ARGS)

test: $(DEV) $(BROKER) $(TOOLS) | preflight ## every test, in random order
	@$(BIN)/python -m pytest $(ARGS)

check: $(DEV) ## lint, types, layers, fast tests, generated files fresh
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	@$(BIN)/check-jsonschema --check-metaschema schemas/events/*.json
	@$(BIN)/python -m pytest tests/unit tests/property tests/contract \
		-m "not integration and not browser" --cov --cov-report=term-missing:skip-covered $(ARGS)

fix: $(DEV) ## format and mend what ruff can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(DEV) $(BROKER) | preflight ## benchmarks; the last line of each is JSON
	@$(BIN)/python -m tests.bench $(ARGS)

faults: $(DEV) $(BROKER) | preflight ## break a running stack in every way, and compare its tables with its log
	@$(BIN)/python -m tests.faults $(ARGS)

dashboards: $(DEV) ## write the generated Grafana dashboards and docs/metrics.md
	@$(BIN)/python -m dashboards

setup: $(DEV) $(BROKER) $(TOOLS) | preflight ## install everything and run nothing

lock: $(DEV) ## choose the locked versions anew (ARGS="--upgrade" for newer ones)
	@$(LOCK) pyproject.toml -o requirements.lock $(ARGS)
	@$(LOCK) --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock $(ARGS)

clean: ## remove what was installed, fetched and kept
	rm -rf $(VENV) .stepthree deploy/kafka/lib build *.egg-info

test setup: NEEDS = python java $(MAVEN) chromium
check fix lock dashboards: NEEDS = python
preflight:
	@deploy/preflight.sh $(NEEDS)

$(BIN)/python: | preflight
	@$$(deploy/preflight.sh which-python) -m venv $(VENV)

$(RUNTIME): requirements.lock pyproject.toml | preflight $(BIN)/python
	@echo "installing what stepthree runs on (once)"
	@$(INSTALL) requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): requirements-dev.lock $(RUNTIME)
	@echo "installing the test tools (once)"
	@$(INSTALL) requirements-dev.lock
	@touch $@

$(TOOLS): deploy/test-tools.sh | $(BIN)/python
	@deploy/test-tools.sh $(BIN)
	@touch $@

$(BROKER): deploy/kafka/pom.xml | $(RUNTIME)
	@$(BIN)/python -m streams.embedded.kafka fetch
	@touch $@
