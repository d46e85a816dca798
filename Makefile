# Two commands do everything on a fresh machine: `make run` and `make test`.

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(if $(shell command -v $(name) 2>/dev/null),$(name))))
# GPU=cuda, hip, vulkan or metal is a build for a graphics card, beside the others; WHEELS=URL an index of built ones.
GPU ?=
WHEELS ?=
# PORTABLE=1 is a build without tuning for this computer's processor, for bundles that others are to run.
PORTABLE ?=
BIN := .venv$(if $(GPU),-$(GPU))$(if $(PORTABLE),-portable)/bin
SET_UP := packaging/set_up.py --gpu '$(GPU)' --wheels '$(WHEELS)' $(if $(PORTABLE),--portable)
CODE := hermes_desktop packaging tests

# As many tests at once as there are cores.
WHOLE_SUITE := --numprocesses auto --dist worksteal --cov --cov-report=

FUZZ := build/fuzz
UNDERSTUDY := build/understudy
UNDERSTUDY_PYTHON := PYTHONPATH=packaging:. $(UNDERSTUDY)/venv/bin/python -m understudy
UNDERSTUDY_MODEL := assets/understudy.gguf
CASES ?= 500

.PHONY: run test check fix screenshots bench hostile fuzz understudy understudy-eval setup setup-dev clean \
	install-desktop uninstall-desktop

run: setup
	@$(BIN)/hermes-desktop $(ARGS)

test: setup-dev
	@# The tests start the program many hundred times; where Python may write no bytecode, each would compile it anew.
	@$(BIN)/python -m compileall -q hermes_desktop
	@QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest $(if $(ARGS),$(ARGS),$(WHOLE_SUITE))
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

# Ten thousand hostile transcripts through each writer: HOSTILE=1000 for fewer.
hostile: setup-dev
	@HOSTILE=$(or $(HOSTILE),10000) QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -q --timeout=0 \
		-k "whatever or every_letter or only_the_writer or margin" tests/transcripts

# Throws ten million changed files at the readers of cards, chats, lorebooks, macros and models: ARGS="--runs 100000" for fewer.
fuzz: setup
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps --upgrade --target $(FUZZ)/site \
		--requirement packaging/fuzz/requirements.txt
	@PYTHONPATH=$(FUZZ)/site:packaging:. $(BIN)/python -m fuzz --folder $(FUZZ) $(ARGS)

# Trains the small model that ships, or goes on training it: ARGS="--tokens 20000000".
understudy: setup
	@test -d $(UNDERSTUDY)/venv || $(PYTHON) -m venv $(UNDERSTUDY)/venv
	@$(UNDERSTUDY)/venv/bin/pip install --quiet --requirement packaging/understudy/requirements.txt
	@$(UNDERSTUDY_PYTHON).train --folder $(UNDERSTUDY) $(ARGS)
	@$(UNDERSTUDY_PYTHON).convert --folder $(UNDERSTUDY) --to $(UNDERSTUDY_MODEL)
	@PYTHONPATH=packaging:. $(BIN)/python -m understudy.evaluate --model $(UNDERSTUDY_MODEL) --cases $(CASES) \
		--json $(UNDERSTUDY)/evaluation.json || true
	@$(UNDERSTUDY_PYTHON).card --folder $(UNDERSTUDY) --model $(UNDERSTUDY_MODEL)

understudy-eval: setup
	@PYTHONPATH=packaging:. $(BIN)/python -m understudy.evaluate --model $(UNDERSTUDY_MODEL) --cases $(CASES) $(ARGS)

# An entry in the menu of a Linux desktop, which opens .charx files too; for this person alone.
install-desktop: setup
	@$(BIN)/python packaging/desktop_entry.py --program $(BIN)/hermes-desktop

uninstall-desktop:
	@$(PYTHON) packaging/desktop_entry.py --remove

setup:
	@$(PYTHON) $(SET_UP)

setup-dev:
	@$(PYTHON) $(SET_UP) --dev

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage build dist
