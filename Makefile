# Two commands do everything on a fresh machine: `make run` and `make test`.

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(if $(shell command -v $(name) 2>/dev/null),$(name))))
BIN := .venv/bin
CODE := hermes_desktop packaging tests

.PHONY: run test check fix screenshots bench setup setup-dev clean

run: setup
	@$(BIN)/hermes-desktop $(ARGS)

test: setup-dev
	@QT_QPA_PLATFORM=offscreen $(BIN)/coverage run -m pytest $(ARGS)
	@$(if $(ARGS),true,$(BIN)/python packaging/check_coverage.py)

check: setup-dev
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python packaging/check_house.py

fix: setup-dev
	@$(BIN)/ruff check --fix $(CODE)
	@$(BIN)/ruff format $(CODE)

screenshots: setup-dev
	@QT_QPA_PLATFORM=offscreen $(BIN)/python packaging/screenshots.py $(ARGS)

bench: setup
	@$(BIN)/hermes-desktop bench $(ARGS)

setup:
	@$(PYTHON) packaging/set_up.py

setup-dev:
	@$(PYTHON) packaging/set_up.py --dev

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage build dist
