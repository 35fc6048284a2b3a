# `make help` lists the targets. Everything is installed into .venv and nowhere else.

PYTHON ?= python3
PRESET ?= laptop
# Which build of JAX: cpu, cuda12, cuda13 or tpu. Once set up, it stays what it was.
JAX ?= $(or $(shell cat .venv/.jax 2>/dev/null),cpu)
# Exact versions for the results of this repository; `CONSTRAINTS=` takes the newest instead.
CONSTRAINTS ?= constraints.txt
GAMES ?=
SEEDS ?=
JOBS ?=
FLEET ?=
DEVICE ?=
CHOICES ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PINS := $(addprefix --constraint ,$(CONSTRAINTS))
INSTALLED := .venv/.installed-$(JAX)
INSTALLED_FOR_TESTS := .venv/.installed-for-tests
# Google's own agents, which some tests compare ours with; without their dependencies
# (TensorFlow among them), which the tests replace by stand-ins.
ORACLE := dopamine-rl gin-config opencv-python-headless

COMMA := ,
OPTIONS = --preset $(PRESET) --results $(RESULTS) $(addprefix --device ,$(DEVICE)) \
    $(addprefix --jobs ,$(JOBS)) $(addprefix --fleet ,$(FLEET)) $(and $(GAMES),--games $(GAMES)) $(and $(SEEDS),--seeds $(SEEDS)) \
    $(and $(CHOICES),--options $(CHOICES))

.DEFAULT_GOAL := help
FIGURES := fig1 fig2 fig3 fig4 fig5 fig6 fig7 fig8 fig9 fig11 fig12 fig13
.PHONY: help setup $(FIGURES) reproduce figures claims lab test test-slow lint bench bench-fleet wheels clean
.DELETE_ON_ERROR:

# One's own results, and those that come with the repository.
$(FIGURES) reproduce: RESULTS ?= local_results
figures claims: RESULTS ?= results

help: ## List the targets
	@echo "usage: make TARGET [PRESET=smoke|laptop|paper] [GAMES='Asterix Pong'] [SEEDS='0 1']"
	@echo "            [JOBS=n] [FLEET=n] [DEVICE=auto|cpu|gpu|tpu] [CHOICES=inputs=both] [RESULTS=folder]"
	@echo "            [JAX=cpu|cuda12|cuda13|tpu]"
		@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## Install into .venv; JAX=cuda12, cuda13 or tpu for an accelerator

# Each figure trains what its experiment lacks, then draws.
fig1: EXPERIMENT = regularization## ReDo against resets and weight decay, over training
fig2: EXPERIMENT = prevalence## Dormant neurons become more common
fig3: EXPERIMENT = label_shuffling## Shuffled labels make neurons dormant (CIFAR-10)
fig4: EXPERIMENT = offline## On fixed data it is the moving targets
fig5: EXPERIMENT = overlap## Dormant neurons remain dormant
fig6: EXPERIMENT = pruning## Dormant neurons can be removed
fig7: EXPERIMENT = replay_ratio## More updates, more dormant neurons
fig8: EXPERIMENT = distillation## A dormant network learns new targets badly
fig9: EXPERIMENT = redo## What ReDo does to dormancy and return
fig11: EXPERIMENT = learning_rate## A smaller learning rate does not solve it
fig12: EXPERIMENT = width_scaling## Neither does a wider network
fig13: EXPERIMENT = regularization## ReDo against resets and weight decay, at the end

$(FIGURES): $(INSTALLED)
	$(BIN)/python -m experiments $(EXPERIMENT) $(OPTIONS)
	$(BIN)/python -m figures $@ --preset $(PRESET) --results $(RESULTS)

reproduce: $(INSTALLED) ## Train everything, draw every figure, judge every claim; goes on where it stopped
	$(BIN)/python -m experiments all $(OPTIONS)
	$(BIN)/python -m figures all --preset $(PRESET) --results $(RESULTS)

figures: $(INSTALLED) ## Draw all figures of the results that come with the repository
	$(BIN)/python -m figures all --preset $(PRESET) --results $(RESULTS)

claims: $(INSTALLED) ## Judge the paper's claims by the results that come with the repository
	$(BIN)/python -m figures claims --preset $(PRESET) --results $(RESULTS)

lab: $(INSTALLED) ## Open the notebooks
	$(BIN)/jupyter lab notebooks/00_tour.ipynb

test: lint ## Check style and run all tests
	DORMANT_REQUIRE_ORACLE=1 $(BIN)/python -m pytest --numprocesses auto --dist loadfile

test-slow: $(INSTALLED_FOR_TESTS) ## Run the tests that take longer: most benchmarks at their smallest
	DORMANT_REQUIRE_ORACLE=1 $(BIN)/python -m pytest -m slow

lint: $(INSTALLED_FOR_TESTS) ## Check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

BENCHMARKS := against_dopamine shares executions memory growth figures
bench: $(INSTALLED_FOR_TESTS) ## Measure speed and memory; half an hour on two cores that nobody else uses
	for name in $(BENCHMARKS); do $(BIN)/python -m benchmarks.$$name || exit; done
	$(BIN)/python -m benchmarks.report

bench-fleet: $(INSTALLED_FOR_TESTS) ## Measure fleets on an accelerator, 8 minutes; docs/performance.md says how without network
	$(BIN)/python -m benchmarks.fleet
	$(BIN)/python -m benchmarks.report

# What a machine with JAX for its GPU, Flax and the usual scientific packages lacks, with all that
# it depends on; for Linux on x86-64.
CARRIED := ale-py gymnasium farama-notifications tyro docstring-parser typeguard dopamine-rl gin-config
WHEELS_FOR ?= 3.12
wheels: $(INSTALLED) ## Fetch into wheels/ what benchmarks/without_network.sh installs
	$(PIP) download $(PINS) --no-deps --only-binary=:all: --dest wheels --implementation cp \
	    --python-version $(WHEELS_FOR) $(addprefix --platform manylinux_2_,28_x86_64 27_x86_64 17_x86_64) \
	    $(CARRIED)

clean: ## Remove .venv and caches; results stay
	rm -rf .venv build dist *.egg-info .pytest_cache .hypothesis .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { \
	    echo "There is no $(PYTHON) here; install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3.12" >&2; \
	    exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "$$($(PYTHON) --version) is too old; install Python 3.11 or newer and name it: make PYTHON=python3.11" >&2; \
	    exit 2; }
	$(PYTHON) -m venv .venv

$(INSTALLED): .venv/bin/python setup.cfg $(CONSTRAINTS)
	@echo "Installing JAX for $(JAX) and everything else into .venv ..."
	$(PIP) install $(PINS) --editable ".[notebooks$(addprefix $(COMMA),$(filter-out cpu,$(JAX)))]"
	@echo $(JAX) > .venv/.jax
	@touch $@

$(INSTALLED_FOR_TESTS): $(INSTALLED)
	@echo "Installing what the tests need into .venv ..."
	$(PIP) install $(PINS) --editable ".[notebooks,test]"
	$(PIP) install $(PINS) --no-deps $(ORACLE)
	@touch $@
