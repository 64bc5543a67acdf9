# One command locally is what CI runs. `make help` lists the targets from their `##` comments.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
TRIVY  := 0.74.0
GO     := GOEXPERIMENT=jsonv2 GOFLAGS=-buildvcs=false go
STAMP  := $(VENV)/.installed
# Python compiles these when they are first imported: most never are, and together they are two thirds of all code.
SELDOM := pulumi_aws/(?!_|ec2|iam|autoscaling|cloudwatch|lambda_|ssm|sns|kms|vpc)|/(numpy|matplotlib|fontTools|PIL|mypy|pip|debugpy|setuptools)/

# One worker more than there are cores, for tests also wait; each takes up to a gigabyte.
WORKERS = $(shell $(PYTHON) -c 'import os; print(min(os.cpu_count() or 2, 8) + 1)')

# Where it is set, as in many containers, every process that a test starts would compile our own modules again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test build figures docs pictures soak kills check format lock iam iam-differences scan scan-trivy scan-account audit secrets sbom clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Create .venv and install the locked versions

# beside.txt: pulumi-policy pins an older protobuf than ours, and works with ours; so it comes without what it asks for.
$(STAMP): $(wildcard packages/*/pyproject.toml) requirements/dev.txt requirements/beside.txt
	@$(PYTHON) -c 'import sys; v=sys.version_info; sys.exit(0 if (3,11) <= v < (3,15) else f"TAP needs Python 3.11 to 3.14, this is {v.major}.{v.minor}: try make PYTHON=python3.13")'
	@echo "Installing into $(VENV), once; this takes a minute or two:"
	@echo "  1 of 3: packages, from the package index"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes --no-deps -r requirements/beside.txt
	@echo "  2 of 3: the five distributions of this repository"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(addprefix -e ,$(wildcard packages/*))
	@echo "  3 of 3: compiling, so that commands start quickly"
	@$(BIN)/python -m compileall -q -j 0 -x '$(SELDOM)' $(VENV)/lib packages  # pip would do it on one core, and not for what is editable
	@touch $@

# A tool that must not mix with our own versions has an environment of its own: requirements/NAME.txt, .venv-NAME.
.venv-%/.installed: requirements/%.txt
	@echo "Installing $* into .venv-$* (once) ..."
	@$(PYTHON) -m venv .venv-$*
	@.venv-$*/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Prowler asks for the clients of many other clouds too, some of which have to be built: it comes without them.
.venv-prowler/.installed: requirements/prowler.txt
	@echo "Installing prowler into .venv-prowler (once) ..."
	@$(PYTHON) -m venv .venv-prowler
	@.venv-prowler/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

# Trivy's checks and its reader of plans, without its command line, which has twice as many packages again. Needs Go.
.venv-trivy/judge-plans: bench/security/judge_plans.go
	@echo "Building Trivy's checks into .venv-trivy (once, minutes) ..."
	@mkdir -p .venv-trivy && cp $< .venv-trivy/main.go
	@cd .venv-trivy && rm -f go.mod go.sum && $(GO) mod init judge-plans && $(GO) get github.com/aquasecurity/trivy@v$(TRIVY)
	@cd .venv-trivy && $(GO) get . && $(GO) build -o judge-plans .

demo: $(STAMP) ## Deploy into the embedded AWS, break an instance, watch it healed (ARGS="--zones 3")
	@$(BIN)/tap demo $(ARGS)

test: $(STAMP) .venv-awscli/.installed .venv-ministack/.installed ## Run the tests (ARGS="-k healer")
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

build: $(STAMP) ## Build the wheels of the five distributions into dist/
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist $(addprefix ./,$(wildcard packages/*))

soak: $(STAMP) ## 100,000 random histories of the healer (ARGS="--histories 2000"), 10,000 hostile configurations (CASES="--seed 5")
	@$(BIN)/python bench/soak.py $(ARGS)
	@$(BIN)/python -m bench.hostile $(CASES)

figures: $(STAMP) ## How large the tree is, and how hard to read (ARGS="--list twins")
	@$(BIN)/python -m tools.figures $(ARGS)

docs: $(STAMP) ## Write what is generated of the pages; docs/permissions.md takes a recording (bench/permissions.py)
	@$(BIN)/python -m tools.configuration_page --write
	@$(BIN)/python -m tools.commands_page --write
	@$(BIN)/python -m tools.import_rules --write
	@$(BIN)/python -m tools.guardrails_page --write
	@$(BIN)/python -m tools.types_page --write
	@$(BIN)/python -m tools.fleets_page --write
	@$(BIN)/python -m tools.api_page --write
	@$(BIN)/python -m tools.template_requirements --write
	@$(BIN)/python -m tools.pictures --write
	@$(BIN)/python -m bench.security.page --write
	@$(BIN)/python -m bench.iam.classes --write

pictures: $(STAMP) ## Record the demo and the rollouts, and draw every picture of the documents
	@$(BIN)/python -m tools.pictures --record --write
	@$(BIN)/python -m bench.rollouts --figure docs/pictures/rollouts.svg

iam: $(STAMP) .venv-iam/.installed ## Lint the stack's IAM documents with Parliament and Policy Sentry
	@$(BIN)/python bench/permissions.py --documents | .venv-iam/bin/python bench/lint_iam.py

iam-differences: $(STAMP) .venv-ministack/.installed ## Ask our IAM and ministack's the same 10,000 questions (ARGS="--seed 5")
	@$(BIN)/python -m bench.iam.differences $(ARGS)

kills: $(STAMP) ## Kill engine, program and connection at many points of the whole stack's life (ARGS="--points 40")
	@$(BIN)/python -W ignore -m bench.kills $(ARGS)

check: $(STAMP) ## Lint, formatting, types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(STAMP) ## Format and mend what can be mended
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

scan: $(STAMP) .venv-checkov/.installed ## Have Checkov judge what the program registers (ARGS="--skip-mutations")
	@$(BIN)/python -m bench.security.scan $(ARGS)

scan-trivy: $(STAMP) .venv-trivy/judge-plans ## Have Trivy judge the same; needs Go
	@$(BIN)/python -m bench.security.trivy

scan-account: $(STAMP) .venv-prowler/.installed ## Have Prowler ask an account with the stack in it (ARGS="--findings")
	@$(BIN)/python -m bench.security.account $(ARGS)

audit: $(STAMP) .venv-audit/.installed ## Look for known vulnerabilities in locked versions; exit code 3: not known
	@$(BIN)/python -m bench.security.audit $(ARGS)

secrets: $(STAMP) .venv-audit/.installed ## Look for secrets in the tree
	@$(BIN)/python -m bench.security.leaks

sbom: $(STAMP) .venv-audit/.installed .venv-production/.installed ## List what is installed, and its licences, in out/
	@$(BIN)/python -m bench.security.sbom

LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url

# What Prowler imports for AWS.
PROWLER := alive-progress boto3 colorama cryptography defusedxml dulwich jsonschema kingfisher-bin markdown packaging py-iam-expand \
	pydantic pyopenssl python-dateutil pytz pyyaml requests schema setuptools simplejson tabulate tldextract tzlocal

OURS := $(foreach name,$(notdir $(wildcard packages/*)),--no-emit-package $(name))

lock: ## Renew requirements/*.txt from the pyproject.toml files (needs uv)
	$(LOCK) packages/tap-stack/pyproject.toml -o requirements/production.txt
	$(LOCK) $(OURS) --extra plots --group dev -c requirements/production.txt $(wildcard packages/*/pyproject.toml) -o requirements/dev.txt
	echo 'pulumi-policy>=1.21,<2' | $(LOCK) --no-deps - -o requirements/beside.txt
	echo awscli | $(LOCK) - -o requirements/awscli.txt
	echo ministack | $(LOCK) - -o requirements/ministack.txt
	echo checkov | $(LOCK) - -o requirements/checkov.txt
	echo prowler | $(LOCK) - -o .venv-prowler-whole.txt
	printf '%s\n' $(PROWLER) | $(LOCK) -c .venv-prowler-whole.txt - -o requirements/prowler.txt
	echo prowler | $(LOCK) --no-deps -c .venv-prowler-whole.txt - >> requirements/prowler.txt
	rm .venv-prowler-whole.txt
	printf '%s\n' parliament policy-sentry 'setuptools<81' | $(LOCK) - -o requirements/iam.txt
	printf '%s\n' pip-audit detect-secrets cyclonedx-bom 'cyclonedx-python-lib[json-validation]' | $(LOCK) - -o requirements/audit.txt

clean: ## Remove what was built
	rm -rf $(VENV) .venv-* .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist out
