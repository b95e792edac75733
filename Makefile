# Shortcuts for the commands of README.md and .ci/run.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup setup-dev chat serve check format lint types contracts knowledge package test ci lock

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
	$(BIN)/ruff format --check bot tests bench docs

lint:
	$(BIN)/ruff check bot tests bench docs
	$(BIN)/yamllint --strict knowledge config.yaml

types:
	$(BIN)/mypy

contracts:
	$(BIN)/lint-imports

knowledge:
	$(BIN)/python -m bot fmt --check
	$(BIN)/python -m bot check

check: format lint types contracts knowledge  ## run every check except the tests

test:
	$(BIN)/python -m pytest

package:  ## install the wheel into a temporary folder and ask it from an empty one
	@set -e; here=$$PWD; apart=$$(mktemp -d); trap 'rm -rf "$$apart"' EXIT; \
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --target "$$apart/site" .; \
	mkdir "$$apart/empty"; cd "$$apart/empty"; export PYTHONPATH="$$apart/site" XDG_DATA_HOME="$$apart/data"; \
	"$$apart/site/bin/liuchuangtong" --version; \
	"$$here/$(BIN)/python" -m bot ask 休学创业能保留学籍吗 | grep -q 保留学籍

ci: setup-dev check package test

lock:  ## regenerate both lock files (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --extra dev pyproject.toml -o requirements-dev.lock
