# Shortcuts for the commands of README.md and .ci/run.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup setup-dev chat serve check format lint types contracts knowledge test ci lock

.venv/bin/python:
	$(PYTHON) -m venv .venv

setup: .venv/bin/python  ## install the dependencies of the service
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock

setup-dev: .venv/bin/python  ## install the development dependencies
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock

chat: setup  ## talk in the terminal
	$(BIN)/python -m bot chat

serve: setup  ## start the web page and every channel that has its secrets
	$(BIN)/python -m bot serve

format:
	$(BIN)/ruff format --check bot tests bench

lint:
	$(BIN)/ruff check bot tests bench
	$(BIN)/yamllint --strict knowledge config.yaml

types:
	$(BIN)/mypy

contracts:
	$(BIN)/lint-imports

knowledge:
	$(BIN)/python -m bot check

check: format lint types contracts knowledge  ## run every check except the tests

test:
	$(BIN)/python -m pytest

ci: setup-dev check test

lock:  ## regenerate both lock files (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --extra dev pyproject.toml -o requirements-dev.lock
