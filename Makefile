# Each target is enough on a machine with Python 3.11+, pip, git and make.
PYTHON ?= python3
UV     := .venv/bin/uv
BIN    := .venv/bin
export DAGSTER_DISABLE_TELEMETRY := true
# Behind a company's proxy, only the system's certificates are right.
export UV_SYSTEM_CERTS := true

.PHONY: demo up test test-slow check format setup lock clean
.DEFAULT_GOAL := demo

demo: .venv/.runtime        ## the main job on the embedded database and the simulator, no credentials
	@$(BIN)/magflow demo

up: .venv/.runtime          ## Dagster UI and daemon (and the simulator, in a demo home)
	@exec $(BIN)/magflow up

setup: .venv/.dev           ## the development environment

test: .venv/.dev            ## the fast tests
	@$(BIN)/pytest -n 4 --dist loadfile -m "not slow"

test-slow: .venv/.dev       ## kills, browser, soak
	@$(BIN)/pytest -n 2 --dist loadfile -m slow

check: .venv/.dev           ## format, lint, types, imports, SQL, dependencies, definitions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --processes 2 sql
	$(BIN)/deptry .
	$(BIN)/dg check toml
	$(BIN)/dg check defs

format: .venv/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

COMPILE = $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
          --no-emit-index-url --custom-compile-command "make lock" pyproject.toml
lock: .venv/bin/uv          ## newest versions that pyproject.toml allows, with hashes and no index address
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --group dev --constraints requirements.lock --output-file requirements-dev.lock

clean:                      ## as if never set up: demo rows too
	@test ! -x $(BIN)/magflow || $(BIN)/magflow database stop
	rm -rf .venv .magflow

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("MagFlow needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@echo "Setting up .venv (once, about half a minute) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9

.venv/.runtime: requirements.lock pyproject.toml | .venv/bin/uv
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.runtime
	@echo "Installing the development tools ..."
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements-dev.lock
	@touch $@
