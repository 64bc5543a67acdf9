# One command locally is what CI runs. `make help` lists the targets from their `##` comments.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo test soak kills check format lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Create .venv and install the locked versions

$(STAMP): pyproject.toml requirements/dev.txt
	@$(PYTHON) -c 'import sys; v=sys.version_info; sys.exit(0 if (3,11) <= v < (3,15) else f"TAP needs Python 3.11 to 3.14, this is {v.major}.{v.minor}: try make PYTHON=python3.13")'
	@echo "Installing into $(VENV) (once, about a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# A tool that must not mix with our own versions has an environment of its own: requirements/NAME.txt, .venv-NAME.
.venv-%/.installed: requirements/%.txt
	@echo "Installing $* into .venv-$* (once) ..."
	@$(PYTHON) -m venv .venv-$*
	@.venv-$*/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

demo: $(STAMP) ## Deploy into the embedded AWS, break an instance, watch it healed (ARGS="--zones 3")
	@$(BIN)/tap demo $(ARGS)

test: $(STAMP) ## Run the tests (ARGS="-k healer")
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

soak: $(STAMP) ## Play 100,000 random histories of the healer under a referee (ARGS="--histories 2000 --seed 5")
	@$(BIN)/python bench/soak.py $(ARGS)

kills: $(STAMP) ## Kill engine, program and connection at many points of the whole stack's life (ARGS="--points 40")
	@$(BIN)/python -W ignore -m bench.kills $(ARGS)

check: $(STAMP) ## Lint, formatting, types, import rules, the user data's shell
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/house tests/components/test_user_data.py

format: $(STAMP) ## Format and mend what can be mended
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: ## Renew requirements/*.txt from pyproject.toml (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url pyproject.toml -o requirements/production.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --extra local --extra sim --extra dev -c requirements/production.txt pyproject.toml -o requirements/dev.txt

clean: ## Remove what was built
	rm -rf $(VENV) .venv-* .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist out
