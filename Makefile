# The commands of the workforce warehouse. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
AIRFLOW_READY := .airflow/.ready

# Everything runs inside this folder: no home directory, no site packages, no telemetry.
export PYTHONPATH := $(CURDIR)
export PYTHONDONTWRITEBYTECODE :=
export AIRFLOW_HOME := $(CURDIR)/.airflow
export AIRFLOW__CORE__DAGS_FOLDER := $(CURDIR)/dags
export AIRFLOW__CORE__LOAD_EXAMPLES := False
export AIRFLOW__LOGGING__LOGGING_LEVEL ?= WARNING
export AIRFLOW__USAGE_DATA_COLLECTION__ENABLED := False
export AIRFLOW__OPENLINEAGE__DISABLED := True
export DBT_SEND_ANONYMOUS_USAGE_STATS := False
export GX_ANALYTICS_ENABLED := False
export DO_NOT_TRACK := 1

.PHONY: help
help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.PHONY: setup
setup: $(READY) ## Create the virtual environment from requirements.lock

# uv itself comes from the lock, hash and all; it then installs the rest.
$(READY): requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: $(PYTHON) was not found. Install it, or name it: make PYTHON=/path/to/python3.11"; exit 2; }
	@echo "Setting up: virtual environment and locked packages (a few minutes the first time)"
	@$(PYTHON) -m venv $(VENV)
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.lock
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement $(VENV)/uv.lock
	@$(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode --python $(BIN)/python requirements.lock
	@touch $@

.PHONY: lock
lock: ## Resolve requirements.lock again from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --extra dev --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 --universal --quiet --output-file requirements.lock
