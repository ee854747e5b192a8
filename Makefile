# Each target is enough on a machine with Python 3.11+, pip, git and make.
PYTHON ?= python3
PORT   ?= 3000
BIN    := .venv/bin
UV     := .venv/bin/uv
# By the interpreter: the first line of a script does not take every path of a project.
MAGFLOW := $(BIN)/python -P -m magflow_pipeline.cli
export DAGSTER_DISABLE_TELEMETRY := true
# Behind a company's proxy, only the system's certificates are right.
export UV_SYSTEM_CERTS := true
# Compiled at set-up, not at each start where bytecode cannot be written (another user's folder, containers, CI).
export UV_COMPILE_BYTECODE := true

.PHONY: demo up test test-slow soak bench check audit outdated build format schema setup lock clean
.DEFAULT_GOAL := demo

demo: .venv/.runtime        ## the main job on the embedded database and the simulator, no credentials
	@$(MAGFLOW) demo

up: .venv/.runtime          ## Dagster UI and daemon (and the simulator, in a demo home)
	@exec $(MAGFLOW) up --port $(PORT)

setup: .venv/.dev           ## the development environment

test: .venv/.dev            ## the fast tests
	@$(BIN)/pytest -n 4 --dist loadfile -m "not slow"

test-slow: .venv/.dev       ## kills, browser, a short soak
	@$(BIN)/pytest -n 2 --dist loadfile -m slow

soak: .venv/.dev            ## a week of troubles, accelerated, and what they leave over; hours (SEED=, SYNCS=: repeat one, a shorter one)
	@$(BIN)/python -m magflow_pipeline_tests.soak.soak $(if $(SEED),--seed $(SEED)) $(if $(SYNCS),--syncs $(SYNCS))

bench: .venv/.dev .venv/.bench  ## speed beside its yardsticks: docs/benchmarks.md (SIZES="200000 1000000": other numbers of offers)
	@$(BIN)/python benchmarks/bench.py $(if $(SIZES),--sizes $(SIZES))

check: .venv/.dev           ## format, lint, types, imports, SQL, migrations, dependencies, licences, definitions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --processes 2 sql
	$(BIN)/python -m magflow_pipeline_tests.database.landed
	$(BIN)/deptry . benchmarks
	$(BIN)/python -m magflow_pipeline_tests.licences
	$(BIN)/dg check toml
	$(BIN)/dg check defs

# Of the locks, and not of an environment: what is installed anywhere is what they say.
audit: .venv/.audit         ## known vulnerabilities of all that the locks name; asks the network
	@for lock in requirements*.lock; do \
		echo "$$lock"; \
		.venv/audit/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off --requirement $$lock || failed=1; \
	done; exit $${failed:-0}

outdated: .venv/.dev        ## what has a newer release, by the index that pip is configured with
	@$(BIN)/python -m pip list --outdated

build: .venv/.audit .venv/.runtime  ## in dist/: the wheel, and its bill of materials (SBOM) as CycloneDX
	@$(BIN)/python -c 'from hatchling.build import build_wheel; print("dist/" + build_wheel("dist"))'
	@.venv/audit/bin/python -W ignore -m cyclonedx_py requirements --pyproject pyproject.toml --mc-type application \
		--output-reproducible --output-file dist/magflow-pipeline.cdx.json requirements.lock
	@echo dist/magflow-pipeline.cdx.json

format: .venv/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schema: .venv/.dev          ## after a change of tables or views: checksums, sql/schema.sql, docs/dictionary.md
	$(BIN)/python -m magflow_pipeline_tests.database.landed write
	$(BIN)/python -m magflow_pipeline_tests.database.dictionary

COMPILE = $(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
          --no-emit-index-url --custom-compile-command "make lock"
lock: .venv/.build          ## newest versions that pyproject.toml allows, with hashes and no index address
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --group kubernetes --constraints requirements.lock --output-file requirements-kubernetes.lock pyproject.toml
	$(COMPILE) --group dev --constraints requirements-kubernetes.lock --output-file requirements-dev.lock pyproject.toml
	$(COMPILE) --group build --constraints requirements-dev.lock --output-file requirements-build.lock
	$(COMPILE) --group bench --output-file requirements-bench.lock
	$(COMPILE) --group audit --output-file requirements-audit.lock

clean:                      ## what was set up and can be again; never data
	@test ! -x $(BIN)/python || $(MAGFLOW) database stop || true
	rm -rf .venv .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@echo "Data is kept in .magflow (or where MAGFLOW_HOME says). A demo home is emptied by: magflow demo --reset"

# uv and what builds the package: by pip, which checks the hashes of all of it.
.venv/.build: requirements-build.lock
	@$(PYTHON) -c 'import os, sys; any(each in (34, 36, 37, 58, 92, 96) for each in os.getcwdb()) and sys.exit("Move the project: with one of \" $$ % : ` \\ in its path, Python, PostgreSQL or Dagster do not work.")'
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("MagFlow needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@echo "Setting up .venv (once, about half a minute) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes --requirement requirements-build.lock
	@touch $@

.venv/.runtime: requirements.lock pyproject.toml | .venv/.build
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q magflow_pipeline
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.runtime
	@echo "Installing the development tools ..."
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements-dev.lock
	@touch $@

# dlt has dependencies of its own, and so an environment of its own.
.venv/.bench: requirements-bench.lock | .venv/.build
	@$(PYTHON) -m venv .venv/bench
	@$(UV) pip install --quiet --python .venv/bench/bin/python --require-hashes --requirement requirements-bench.lock
	@touch $@

.venv/.audit: requirements-audit.lock | .venv/.build
	@$(PYTHON) -m venv .venv/audit
	@$(UV) pip install --quiet --python .venv/audit/bin/python --require-hashes --requirement requirements-audit.lock
	@touch $@
