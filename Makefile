# `make` lists the commands.

PYTHONS := python3 python3.14 python3.13 python3.12 python3.11
MODERN := import sys; sys.exit(sys.version_info < (3, 11))
ifndef PYTHON
PYTHON := $(or $(shell for p in $(PYTHONS); do $$p -c '$(MODERN)' 2>/dev/null && echo $$p && break; done),python3)
endif

VENV := .venv/bin/python
# One more than a small machine has cores: fault tests wait more than they work.
WORKERS := $(shell expr $$(nproc 2>/dev/null || echo 2) + 1)
COMPOSE ?= docker compose
PICTURES := hits-light card-light stale broker-away
VENV_BENCH := .venv-bench/bin/python
COMPILE := $(VENV) -m uv pip compile --quiet --upgrade --generate-hashes --universal \
	--python-version 3.11 --custom-compile-command "make lock"

.PHONY: help run compose test simulate drill check audit package format lock screenshots bench \
	venv-local venv-tests venv-bench python clean

help:
	@echo "make run      the product on this machine: LOCATIONS=3 DATA_DIR=.data DYNAMODB_ENDPOINT= KAFKA_BOOTSTRAP="
	@echo "make compose  the product in containers, on Apache Kafka: PROFILES=elk adds Kibana"
	@echo "make test     every test, or some: ARGS='-k search'"
	@echo "make simulate drawn histories of several locations: N=10000, or one again: SEED=7"
	@echo "make check    format, lint and types"
	@echo "make format   formats the code"
	@echo "make bench    measures, or some: ARGS=search"
	@echo "make drill    cuts a location off and heals it: ARGS='--minutes 10 --rate 50'"
	@echo "make screenshots  makes the README's pictures anew"
	@echo "make package  what is deployed: STAGE=loc1 RUNTIME=python3.14"
	@echo "make audit    known weaknesses of the packages that ship (asks the Internet)"
	@echo "make lock     pins the packages that pyproject.toml names"
	@echo "make clean    forgets packages and engines, keeps data"

run: venv-local
	@$(VENV) -m local --env-file .env run

# Ctrl-C ends it; the data stays in named volumes.
compose:
	@$(COMPOSE) -f local/compose.yaml $(addprefix --profile ,$(PROFILES)) up --build

test: venv-tests
	@$(VENV) -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

simulate: venv-tests
	@$(VENV) -m tests.simulation $(if $(SEED),--seed $(SEED),--schedules $(or $(N),10000))

check: venv-tests
	@$(VENV) -m ruff format --check .
	@$(VENV) -m ruff check .
	@$(VENV) -m mypy

format: venv-tests
	@$(VENV) -m ruff format .
	@$(VENV) -m ruff check --fix .

# The pictures of the README, made by the tests of the page.
screenshots: venv-tests
	@$(VENV) -m pytest -q -n auto --dist loadgroup tests/browser
	@for name in $(PICTURES); do cp build/screenshots/$$name.png tests/browser/screenshots/; done

bench: venv-bench
	@$(VENV_BENCH) -m tests.bench $(ARGS)

drill: venv-bench
	@$(VENV_BENCH) -m tests.faults.drill $(ARGS)

package: venv-tests
	@$(VENV) -m infra.packaging --stage $(or $(STAGE),loc1) $(if $(RUNTIME),--runtime $(RUNTIME))

# A tool of its own environment: nothing that ships or tests needs it.
audit: venv-tests
	@$(VENV) -m uv tool run pip-audit==2.10.1 --strict --require-hashes -r requirements.txt

lock: venv-tests
	@$(COMPILE) pyproject.toml -o requirements.txt
	@$(COMPILE) pyproject.toml --group local -c requirements.txt -o local/requirements.txt
	@$(COMPILE) pyproject.toml --group local --group tests -c local/requirements.txt -o tests/requirements.txt
	@$(COMPILE) pyproject.toml --group local --group tests --group bench -c tests/requirements.txt \
		-o tests/bench/requirements.txt
	@$(COMPILE) --group java -o local/requirements-java.txt

clean:
	@rm -rf .venv .venv-bench .engines .mypy_cache .pytest_cache .ruff_cache .hypothesis

venv-local: python
	@$(PYTHON) -m local.venv local/requirements.txt

venv-tests: python
	@$(PYTHON) -m local.venv tests/requirements.txt

# The tests' environment stays without the many packages of the peers.
venv-bench: venv-tests
	@$(VENV) -m uv venv --quiet --allow-existing --python $(VENV) .venv-bench
	@$(VENV) -m uv pip sync --quiet --require-hashes --compile-bytecode --python $(VENV_BENCH) tests/bench/requirements.txt

python:
	@$(PYTHON) -c '$(MODERN)' 2>/dev/null || \
		{ echo "SINS needs Python 3.11 or newer: install it, or name one with PYTHON=python3.12." >&2; exit 1; }
