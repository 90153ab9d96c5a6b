# The commands of the workforce warehouse. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
comma := ,
READY := $(VENV)/.ready
DOCS := .venv-docs
DOCS_READY := $(DOCS)/.ready
CONTAINERS := .venv-containers
CONTAINERS_READY := $(CONTAINERS)/.ready
BROWSER := .venv-browser
BROWSER_READY := $(BROWSER)/.ready

# Everything runs inside this folder: no home directory, no site packages, no telemetry.
export PYTHONPATH := $(CURDIR)
export PYTHONDONTWRITEBYTECODE :=
export AIRFLOW_HOME := $(CURDIR)/.airflow
export AIRFLOW__CORE__DAGS_FOLDER := $(CURDIR)/dags
# Airflow writes where its folder is into its configuration. These outweigh that, so that a copied or moved folder uses its own database.
export AIRFLOW__CORE__PLUGINS_FOLDER := $(CURDIR)/dags/plugins
export AIRFLOW__LOGGING__BASE_LOG_FOLDER := $(AIRFLOW_HOME)/logs
export AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY := $(AIRFLOW_HOME)/logs/dag_processor
ifneq ($(WORKFORCE_AIRFLOW_DATABASE),)
SERVER := $(patsubst postgres://%,%,$(patsubst postgresql://%,%,$(WORKFORCE_AIRFLOW_DATABASE)))
export AIRFLOW__DATABASE__SQL_ALCHEMY_CONN := postgresql+psycopg2://$(SERVER)
export AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC := postgresql+asyncpg://$(SERVER)
else
export AIRFLOW__DATABASE__SQL_ALCHEMY_CONN ?= sqlite:///$(AIRFLOW_HOME)/airflow.db
endif
# One stamp for each database: another setting is another database to make.
AIRFLOW_READY := $(AIRFLOW_HOME)/.ready-$(firstword $(shell printf %s '$(AIRFLOW__DATABASE__SQL_ALCHEMY_CONN)' | cksum))
include settings.mk
export $(shell sed -nE 's/^([A-Z_]+) .*/\1/p' settings.mk)

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
lock: ## Resolve requirements.lock and the other locks again from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml --extra dev --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 --universal --quiet --output-file requirements.lock
	@$(BIN)/uv pip compile --group containers --constraint requirements.lock --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 --universal --quiet --output-file requirements-containers.lock
	@$(BIN)/uv pip compile --group docs --constraint requirements.lock --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 --universal --quiet --output-file requirements-docs.lock
	@$(BIN)/uv pip compile --group browser --constraint requirements.lock --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 --universal --quiet --output-file requirements-browser.lock

# The metadata database of Airflow, made once for this lock of packages, with the pool that the DAGs share.
$(AIRFLOW_READY): $(READY) dags/pools.json
	@umask 077; mkdir -p $(AIRFLOW_HOME); chmod -R go= $(AIRFLOW_HOME); log=$(AIRFLOW_HOME)/migrate.log; \
		{ $(BIN)/airflow db migrate && $(BIN)/airflow pools import dags/pools.json; } >$$log 2>&1 || { cat $$log; exit 1; }; touch $@

.PHONY: airflow-ready
airflow-ready: $(AIRFLOW_READY)

# In one process the steps print for themselves what went wrong; the scheduler's own log says it a second time.
QUIETLY := AIRFLOW__LOGGING__LOGGING_LEVEL=CRITICAL

# Without a data root or configuration of your own, three sample councils are generated and run.
.PHONY: run
run: $(AIRFLOW_READY) ## From extracts to a scorecard, through Airflow: your council, or three sample councils
ifeq ($(WORKFORCE_HOME)$(WORKFORCE_CONFIG),)
	@$(BIN)/python -m samples generate --out data
	@WORKFORCE_HOME=data WORKFORCE_CONFIG=data/config $(QUIETLY) $(BIN)/python dags/workforce_month.py
else
	@$(QUIETLY) $(BIN)/python dags/workforce_month.py
endif

.PHONY: airflow
airflow: $(AIRFLOW_READY) ## Start the real Airflow with its page, scheduler and password printed: WORKFORCE_AIRFLOW_PORT, WORKFORCE_AIRFLOW_DATABASE
	@WORKFORCE_HOME=$(or $(WORKFORCE_HOME),data) WORKFORCE_CONFIG=$(or $(WORKFORCE_CONFIG),data/config) PATH="$(CURDIR)/$(BIN):$$PATH" \
		exec $(BIN)/python -m dags.local_server

# Tests of one file stay in one process; more processes than two gain little, since the longest group sets the time.
TEST_PROCESSES ?= 2

.PHONY: test
test: $(AIRFLOW_READY) ## The tests that need no server, without those of many variants
	@$(BIN)/python -m pytest tests -m "not services and not wide" --numprocesses $(TEST_PROCESSES) --dist loadscope --no-loadscope-reorder

.PHONY: test-wide
test-wide: $(AIRFLOW_READY) ## Tests of many variants, which take longer: hundreds of simulated councils, and each old fault put back, among them
	@$(BIN)/python -m pytest tests -m "wide and not services" --numprocesses $(TEST_PROCESSES) --dist loadscope --no-loadscope-reorder

.PHONY: test-services
test-services: $(AIRFLOW_READY) $(BROWSER_READY) ## Tests that need servers or a browser: PostgreSQL (WORKFORCE_TEST_POSTGRES names another than the local one), Redis, Chromium
	@$(BIN)/python -m pytest tests -m services

# A hundred kills take long: each is a run of its own. What is missing on this machine is named with what to type.
.PHONY: test-chaos
test-chaos: $(AIRFLOW_READY) ## A hundred kills and other faults of a run, into docs/chaos.md
	@$(BIN)/python -m tests.chaos --out docs/chaos.md

.PHONY: test-england
test-england: $(READY) ## Every authority's, region's and England's published rates: make test-england PUBLISHED=csww_indicators_2017_to_2025.csv
	@$(BIN)/python -m tests.england "$(PUBLISHED)" $(if $(OUT),--home "$(OUT)")

.PHONY: contracts
contracts: $(READY) ## Each contract as a page HR can read and a workbook to fill in, and what dbt reads of them
	@$(BIN)/python -m ingestion contracts --out $(or $(OUT),data/contracts)

# What is asked reaches the command through the environment, so that quotes and dollars in a filter stay as they are.
.PHONY: query
query: export ASKED_METRICS = $(value METRICS)
query: export ASKED_BY = $(value BY)
query: export ASKED_WHERE = $(value WHERE)
query: $(READY) ## Ask the latest publication: make query METRICS=turnover_rate BY=metric_time__month,org_unit. Without METRICS, list them
	@$(BIN)/python -m warehouse.query --metrics "$$ASKED_METRICS" --by "$$ASKED_BY" --where "$$ASKED_WHERE" $(if $(CSV),--csv "$(CSV)")

# The generator of the site has an environment of its own, so that nothing of it is where figures are made.
$(DOCS_READY): requirements-docs.lock $(READY)
	@$(PYTHON) -m venv --clear $(DOCS)
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(DOCS)/bin/python requirements-docs.lock
	@touch $@

# The place is the one in zensical.toml. Contracts and tables are pages of their own, linked from docs/contracts_and_tables.md.
SITE := data/docs

.PHONY: docs
docs: $(DOCS_READY) ## The documentation as a site with search, with the contracts and the tables of the last build: data/docs/index.html
	@rm -rf $(SITE)
	@$(DOCS)/bin/zensical build --clean --strict
	@$(BIN)/python -m ingestion contracts --out $(SITE)/contracts >/dev/null
	@if [ -e "$(or $(WORKFORCE_HOME),data)/build/workforce.duckdb" ]; then \
		WORKFORCE_HOME=$(or $(WORKFORCE_HOME),data) WORKFORCE_CONFIG=$(or $(WORKFORCE_CONFIG),data/config) $(BIN)/python -m warehouse docs --out $(SITE)/tables >/dev/null; \
		else echo "There is no build yet, so the site has no catalogue of tables. Run \`make run\`, then \`make docs\` again."; fi
	@echo "Open $(SITE)/index.html"

.PHONY: mapping
mapping: $(READY) ## A first mapping for a new extract: make mapping FILE=extract.csv SOURCE=hr_assignments
	@$(BIN)/python -m ingestion draft --file "$(FILE)" --source "$(SOURCE)"

.PHONY: quality-report
quality-report: $(READY) ## Plant each kind of fault into the samples and write what the checks catch to docs/quality_report.md
	@$(BIN)/python -m tests.faults.report 2>/dev/null

.PHONY: rights-report
rights-report: $(READY) ## Try on a PostgreSQL server what each kind of reader might, and write docs/rights_on_the_server.md
	@WORKFORCE_HOME=$(or $(WORKFORCE_HOME),data) $(BIN)/python -m tests.services.rights

.PHONY: bench
bench: $(READY) ## Speed, as ratios measured in one run
	@for benchmark in benchmarks/*.py; do $(BIN)/python $$benchmark || exit 1; done

# What reads docker-compose.yml and the Dockerfile has an environment of its own too: nothing of it is where figures are made.
$(CONTAINERS_READY): requirements-containers.lock $(READY)
	@$(PYTHON) -m venv --clear $(CONTAINERS)
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(CONTAINERS)/bin/python requirements-containers.lock
	@touch $@

# What looks at pages in Chromium. The browser itself is the machine's own: apt-get install chromium.
$(BROWSER_READY): requirements-browser.lock $(READY)
	@$(PYTHON) -m venv --clear $(BROWSER)
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(BROWSER)/bin/python requirements-browser.lock
	@touch $@

.PHONY: lint
lint: $(READY) $(CONTAINERS_READY) ## Style, types, unused code, spelling, SQL, containers and the direction of imports and models
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/vulture
	@$(BIN)/lint-imports --no-logo --no-cache >/dev/null || $(BIN)/lint-imports --no-logo --no-cache
	@$(BIN)/codespell
	@$(CONTAINERS)/bin/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml
	@$(CONTAINERS)/bin/hadolint Dockerfile
	@cd dbt_project && WORKFORCE_BUILD_DATABASE=:memory: ../$(BIN)/dbt --warn-error parse --quiet
	@cd dbt_project && WORKFORCE_BUILD_DATABASE=:memory: ../$(BIN)/sqlfluff lint --processes 2 models tests >target/sql.log 2>&1 || { cat target/sql.log; exit 1; }
	@cd dbt_project && COLUMNS=200 ../$(BIN)/dbt-bouncer run >target/layers.log 2>&1 || { cat target/layers.log; exit 1; }

.PHONY: clean
clean: ## Remove the environments, Airflow's database and the sample data
	@rm -rf $(VENV) $(DOCS) $(CONTAINERS) $(BROWSER) .airflow .cache data
