# Everything goes into .venv: Python packages, a Node and the CDK CLI. A machine needs Python 3.11+, make, a network.

# What a verb takes from the command line, and not from the environment, where WSL sets NAME. Recipes get it as a variable
# of their environment, as it was typed: make expands no $ in it. It stands first, because $(shell …) may export, too.
TYPED := ARGS DAYS FROM JOBS MINUTES NAME QUICK SANDBOX SEED SEEDS SQL TO
$(foreach name,$(TYPED),$(eval override $(name) := $(if $(findstring command,$(origin $(name))),$$(value $(name)))))
$(foreach name,$(TYPED),$(eval $(if $(value $(name)),export,unexport) $(name)))
# They would take the packages somewhere else.
unexport PIP_DRY_RUN PIP_PREFIX PIP_ROOT PIP_TARGET PIP_USER

PYTHON ?= python3
PYTHON := $(or $(shell command -v "$(PYTHON)"),$(PYTHON))
# npm's newest CDK CLI (3.x) cannot read the cloud assembly of aws-cdk-lib 2.275.
CDK_CLI_VERSION := 2.1148.1
# Apache ECharts, which draws the preview of the dashboard.
ECHARTS_VERSION := 6.1.0

BIN := .venv/bin
# The project's own Node is the first that jsii, npm and the CDK CLI find.
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Container images like to set this. Then every process compiles aws-cdk-lib anew, five seconds of processor time.
export PYTHONDONTWRITEBYTECODE :=
CDK := .venv/cdk/node_modules/.bin/cdk
# uv, of the version in requirements.txt, and with the package index that pip has.
UV := $(BIN)/python -m infra.packages
UV_INSTALL := $(UV) pip install --quiet --python
NPM_INSTALL := npm install --loglevel=error --no-fund --no-audit --ignore-scripts --global=false --dry-run=false --prefix
# Runs the command that follows, with the words of ARGS at its end: quotes count, and no shell expands $ or *.
APPEND_ARGS := $(BIN)/python -S -c 'import os, shlex, sys; os.execvp(sys.argv[1], sys.argv[1:] + shlex.split(os.environ.get("ARGS", "")))'
READY := .venv/ready
ATHENA_READY := .venv/athena-ready
BENCH_READY := build/bench-sdk/ready
BROWSER_READY := .venv/browser-ready
SECURITY_READY := .venv/security/ready

# $(call option,--name,NAME): what was typed for NAME, if it was. After a =, a value that begins with - is no option.
option = $(if $($(2)),$(1)="$$$(2)")
# $(call quietly,command,advice): prints nothing if the command succeeds, else all that it printed and the advice.
quietly = said=$$({ $(1); } 2>&1) || { printf '%s\n' "$$said" '==> $(2)' >&2; exit 1; }
PIP_ADVICE = The Python packages could not be installed: see above. Check that this machine reaches its package index ($(BIN)/python -m pip config list shows which), then run make again.
NPM_ADVICE = npm could not install $(1): see above. Check that this machine reaches its npm registry ($(BIN)/npm config get registry shows which), then run make again.

.PHONY: help setup linux demo check size test test-slow test-athena test-browser soak test-soak tools screenshot security discover preflight synth cost deploy query restore replay bench bench-scale bench-lake lock clean

help: ## What can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(READY) ## Put everything the other verbs need into .venv

$(READY): requirements.txt requirements-dev.txt constraints.txt lambda/collector/requirements.txt lambda/compactor/requirements.txt Makefile
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Python 3.11 or later is needed, {sys.executable} is " + sys.version.split()[0])'
	@echo "==> .venv: Python packages"
	@"$(PYTHON)" -m venv .venv
	@$(call quietly,$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-user -c constraints.txt uv,$(PIP_ADVICE))
	@$(call quietly,$(UV_INSTALL) $(BIN)/python -r requirements-dev.txt,$(PIP_ADVICE))
	@echo "==> .venv: CDK CLI $(CDK_CLI_VERSION)"
	@$(call quietly,$(NPM_INSTALL) .venv/cdk aws-cdk@$(CDK_CLI_VERSION) && ls $(CDK),$(call NPM_ADVICE,the CDK CLI))
	@$(call quietly,$(NPM_INSTALL) .venv/preview echarts@$(ECHARTS_VERSION) && ls .venv/preview/node_modules/echarts/dist,$(call NPM_ADVICE,Apache ECharts))
	@touch $@

linux:
	@[ "$$(uname -s)" = Linux ] || { echo "The sandbox runs the function with AWS's awslambdaric, which exists for Linux only: use a Linux machine or container. make check, synth and deploy work here."; exit 1; }

demo: linux $(READY) ## Deploy to the sandbox, collect three simulated hours, show what is there
	@$(BIN)/python -m tests.demo

check: $(READY) ## Lint, format, types, sizes and words
	@echo "==> size" && $(BIN)/python -m tests.size
	@echo "==> words" && $(BIN)/python -m tests.words
	@echo "==> ruff" && $(BIN)/ruff check . && $(BIN)/ruff format --check .
	@echo "==> mypy" && $(BIN)/mypy --num-workers 2 app.py infra lambda commands tests

size: $(READY) ## Files and lines of product, tests and emulator, and how many are allowed
	@$(BIN)/python -m tests.size

# Files in their order, not the longest first: a folder's stack is then deployed once a worker, not once a file. But the
# compactor's, some of which take half a minute, stand near the end, where two of the workers would wait for the third.
test: linux check ## The checks, and every test but the tiers below
	@echo "==> pytest" && $(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not (slow or athena or browser or security or soak)" tests/unit/compactor tests

# Most of its tests wait for time-outs, so five at once on two processors.
test-slow: linux $(READY) ## The slow tier: time-outs at full length, the demo
	@$(BIN)/pytest -n 5 --dist loadfile -m slow

tools: $(ATHENA_READY) $(BROWSER_READY) $(SECURITY_READY) ## Put what the tiers need besides into .venv

$(ATHENA_READY): $(READY) tests/athena/requirements.txt
	@$(call quietly,$(UV_INSTALL) $(BIN)/python -r tests/athena/requirements.txt,$(PIP_ADVICE))
	@touch $@

test-athena: linux $(ATHENA_READY) ## The deployed tables, views and queries on a real Trino (fetches 821 MB once)
	@$(BIN)/pytest -m athena tests/athena

soak: linux $(READY) ## Days of random faults against a model [SEED= SEEDS= DAYS= MINUTES= JOBS= FROM= TO=]
	@PYTHONPATH=lambda $(BIN)/python -m tests.soak $(call option,--seed,SEED) $(call option,--seeds,SEEDS) $(call option,--days,DAYS) $(call option,--minutes,MINUTES) $(call option,--jobs,JOBS) $(call option,--from,FROM) $(call option,--to,TO)

test-soak: linux $(READY) ## Two short seeds of it, as tests
	@$(BIN)/pytest -m soak tests/soak

$(SECURITY_READY): $(READY) tests/security/requirements.txt
	@echo "==> .venv/security: bandit, pip-audit, checkov"
	@$(UV) venv --quiet --clear --python $(BIN)/python .venv/security
	@$(call quietly,$(UV_INSTALL) .venv/security/bin/python --require-hashes -r tests/security/requirements.txt,$(PIP_ADVICE))
	@touch $@

$(BROWSER_READY): $(READY) tests/browser/requirements.txt tests/browser/install.sh
	@tests/browser/install.sh
	@$(call quietly,$(UV_INSTALL) $(BIN)/python -r tests/browser/requirements.txt,$(PIP_ADVICE))
	@touch $@

test-browser: linux $(BROWSER_READY) ## The dashboard's preview in Chromium
	@$(BIN)/pytest -m browser tests/browser

screenshot: linux $(BROWSER_READY) ## docs/dashboard.png, from a fresh demo
	@$(BIN)/python -m tests.demo
	@$(BIN)/python -m tests.browser.screenshot build/demo/dashboard.html docs/dashboard.png

security: $(SECURITY_READY) ## Code, packages and template read by bandit, pip-audit and checkov
	@PYTHONPATH=lambda $(BIN)/python -m tests.security
	@$(BIN)/pytest -q -m security tests/security

discover: $(READY) ## Zones with Spectrum applications that your token sees [ARGS=--write puts them into cdk.json]
	@PYTHONPATH=lambda $(APPEND_ARGS) $(BIN)/python -m commands.discover

preflight: $(READY) ## Ask Cloudflare for every zone of cdk.json before you deploy [ARGS='--source ... --json']
	@PYTHONPATH=lambda $(APPEND_ARGS) $(BIN)/python -m commands.preflight

synth: $(READY) ## Check cdk.json and write the CloudFormation template to cdk.out
	@$(CDK) synth > /dev/null # not --quiet, which leaves out what it costs

cost: $(READY) ## What cdk.json costs a month [ARGS='--applications 20']
	@PYTHONPATH=lambda $(APPEND_ARGS) $(BIN)/python -m commands.cost

deploy: $(READY) ## Deploy to the AWS account of your credentials [ARGS='--require-approval never']
	@PYTHONPATH=lambda $(APPEND_ARGS) $(BIN)/python -m commands.secrets_check
	@$(APPEND_ARGS) $(CDK) deploy

query: $(READY) ## Ask the lake: NAME=... or SQL='...' [FROM= TO= ARGS=--csv SANDBOX=1]
	@PYTHONPATH=lambda $(APPEND_ARGS) $(BIN)/python -m $(if $(SANDBOX),tests.demo.query,commands.query) $(call option,--name,NAME) $(call option,--sql,SQL) $(call option,--from,FROM) $(call option,--to,TO)

restore: $(READY) ## Put minutes that S3 refused back from the log [ARGS='--from ... --to ...']
	@PYTHONPATH=lambda $(APPEND_ARGS) $(BIN)/python -m commands.restore

replay: $(READY) ## Publish saved minutes that CloudWatch lacks [ARGS='--source ... --from ...']
	@PYTHONPATH=lambda $(APPEND_ARGS) $(BIN)/python -m commands.replay

$(BENCH_READY): $(READY) tests/bench/requirements.txt
	@$(call quietly,$(UV_INSTALL) $(BIN)/python --target build/bench-sdk -r tests/bench/requirements.txt,$(PIP_ADVICE))
	@touch $@

bench: linux $(BENCH_READY) ## Time the collector beside the official SDK and a bare urllib3 loop [QUICK=1]
	@PYTHONPATH=lambda $(BIN)/python -m tests.bench $(if $(QUICK),--quick)

bench-scale: linux $(READY) ## Run many sources of one deployed stack, and count
	@PYTHONPATH=lambda $(BIN)/python -m tests.bench.scale

bench-lake: linux $(ATHENA_READY) ## Time a month on a real Trino, as minutes and as days [DAYS=30]
	@PYTHONPATH=lambda $(BIN)/python -m tests.bench.lake $(if $(DAYS),"$$DAYS")

lock: $(READY) ## Pin every transitive version anew
	@for function in collector compactor; do \
		$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
			lambda/$$function/requirements.in -o lambda/$$function/requirements.txt || exit 1; done
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		tests/security/requirements.in -o tests/security/requirements.txt
	@mkdir -p build
	@sed -e '/^-/d' requirements.txt lambda/*/requirements.in requirements-dev.txt > build/direct.in
	@echo '# Every transitive version, for Python 3.11 and later. Made by `make lock`.' > build/constraints.txt
	@$(UV) pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header build/direct.in >> build/constraints.txt
	@mv build/constraints.txt constraints.txt

clean: ## Remove what was made, .venv included
	@rm -rf .venv build cdk.out .pytest_cache .mypy_cache .ruff_cache .hypothesis
