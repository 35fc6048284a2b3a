# `make help` lists the targets. Everything is installed into .venv and nowhere else.

PYTHON ?= python3
PRESET ?= laptop
# LOCKED=1: of what `make setup` installs, every file has one of the hashes in locked.txt.
LOCKED ?=
# Which build of JAX: cpu, cuda12, cuda13 or tpu. Once set up, it stays what it was.
JAX ?= $(or $(shell cat .venv/.jax 2>/dev/null),cpu)
# Exact versions for the results of this repository; `CONSTRAINTS=` takes the newest instead.
CONSTRAINTS ?= constraints.txt
# Of setup.cfg, what only some of it needs: mujoco for Figures 14 and 18 to 20 and Table 6, peers, ...
EXTRAS ?=
GAMES ?=
SEEDS ?=
JOBS ?=
FLEET ?=
DEVICE ?=
CHOICES ?=
CONDITIONS ?=
# Other numbers than the preset's, and the name of the preset that results.
SET ?=
# Not of the environment, where other programs keep a name.
ifneq ($(origin NAME),command line)
NAME = $(PRESET)$(if $(SET),$(COMMA)$(subst $(SPACE),$(COMMA),$(strip $(SET))))
endif

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Fast where it is installed; otherwise pip. Both tell what they fetch.
INSTALL := $(if $(shell command -v uv),uv pip install --python $(BIN)/python,$(PIP) install)
PINS := $(addprefix --constraint ,$(CONSTRAINTS))
INSTALLED := .venv/.installed-$(JAX)
INSTALLED_EXTRAS = $(patsubst %,.venv/.installed-extra-%,$(subst $(COMMA),$(SPACE),$(EXTRAS)))
INSTALLED_FOR_TESTS := .venv/.installed-for-tests
INSTALLED_FOR_SLOW_TESTS := .venv/.installed-for-slow-tests
INSTALLED_FOR_LAB := .venv/.installed-for-lab
# Google's own agents, which some tests compare ours with; without their dependencies
# (TensorFlow among them), which the tests replace by stand-ins.
ORACLE := dopamine-rl gin-config opencv-python-headless

COMMA := ,
SPACE := $() $()
OPTIONS = --preset $(PRESET) --results '$(OWN)' $(addprefix --device ,$(DEVICE)) \
    $(addprefix --jobs ,$(JOBS)) $(addprefix --fleet ,$(FLEET)) $(and $(GAMES),--games $(GAMES)) $(and $(SEEDS),--seeds $(SEEDS)) \
    $(and $(CHOICES),--options $(CHOICES)) $(and $(SET),--set $(SET)) $(if $(SET)$(filter command,$(origin NAME)),--name '$(NAME)') \
    $(and $(CONDITIONS),--conditions $(CONDITIONS))

.DEFAULT_GOAL := help
.PHONY: help setup reproduce questions figures claims report lab test test-slow lint docs bench bench-fleet wheels clean accelerator
.DELETE_ON_ERROR:

# One's own results, and those that come with the repository.
OWN = $(or $(RESULTS),local_results)
SHIPPED = $(or $(RESULTS),results)

help: ## List the targets
	@echo "usage: make TARGET [PRESET=smoke|laptop|desk|paper] [GAMES='Asterix Pong'] [SEEDS='0 1']"
	@echo "            [JOBS=n] [FLEET=n] [DEVICE=auto|cpu|gpu|tpu] [CHOICES=inputs=both] [RESULTS=folder]"
	@echo "            [SET='agent.learning_rate=3e-4 schedule.iterations=40'] [NAME=mine] [CONDITIONS=DQN+ReDo]"
	@echo "            [JAX=cpu|cuda12|cuda13|tpu] [EXTRAS='mujoco ray slurm tensorboard peers']"
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "What experiments/ has, for all of which there is a target of that name:"
	@awk -F '"' '/^    title=/ {title = $$2} \
	    /^    figures=/ {for (i = 2; i < NF; i += 2) {gsub("_", "-", $$i); \
	        if ($$i in titles) titles[$$i] = titles[$$i] "; " title; else titles[$$i] = title}} \
	    END {for (name in titles) {number = name; gsub("[^0-9]", "", number); \
	        printf "%d %d %-25s %s\n", index("ftq", substr(name, 1, 1)), number, name, titles[name]}}' \
	    experiments/*.py | sort -k1,1n -k2,2n -k3 | sed 's/^[0-9]* [0-9]* /  /'

setup: $(INSTALLED) $(INSTALLED_EXTRAS) ## Install into .venv; JAX=cuda12, cuda13 or tpu for an accelerator, EXTRAS=mujoco for SAC

# Trains what its experiment lacks, then draws. Whether there is such a figure, the programs say.
fig% table% question-%: $(INSTALLED)
	$(BIN)/python -m experiments $@ $(OPTIONS)
	$(BIN)/python -m figures $(subst -,_,$@) --preset '$(NAME)' --results '$(OWN)'

reproduce: $(INSTALLED) ## Train everything, draw every figure, judge every claim; goes on where it stopped
	$(BIN)/python -m experiments all $(OPTIONS)
	$(BIN)/python -m figures all --preset '$(NAME)' --results '$(OWN)'

questions: $(INSTALLED) ## Train, draw and judge what goes beyond the paper
	$(BIN)/python -m experiments questions $(OPTIONS)
	$(BIN)/python -m figures all --preset '$(NAME)' --results '$(OWN)'

figures: $(INSTALLED) ## Draw all figures of the results that come with the repository
	$(BIN)/python -m figures all --preset $(PRESET) --results '$(SHIPPED)'

claims: $(INSTALLED) ## Judge the paper's claims by the results that come with the repository
	$(BIN)/python -m figures claims --preset $(PRESET) --results '$(SHIPPED)'
	$(if $(RESULTS),,$(BIN)/python docs/quote.py)

report: $(INSTALLED) ## Write one page with all claims and figures of the results that come with the repository
	$(BIN)/python -m figures report --preset $(PRESET) --results '$(SHIPPED)'

# Copies, so that looking changes nothing that git watches; what one has changed in them stays.
lab: $(INSTALLED_FOR_LAB) ## Open copies of the notebooks, which lie in local_notebooks/
	mkdir -p local_notebooks
	cp notebooks/here.py local_notebooks
	for notebook in notebooks/*.ipynb; do \
	    test -e local_$$notebook || cp $$notebook local_notebooks; done
	$(BIN)/jupyter lab local_notebooks/00_tour.ipynb

test: lint ## Check style and run all tests
	DORMANT_REQUIRE_ORACLE=1 $(BIN)/python -m pytest --numprocesses auto --dist loadfile

test-slow: $(INSTALLED_FOR_SLOW_TESTS) ## Run the tests that take longer: benchmarks at their smallest, notebooks on the shipped results
	DORMANT_REQUIRE_ORACLE=1 $(BIN)/python -m pytest -m slow

lint: $(INSTALLED_FOR_TESTS) ## Check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

BENCHMARKS := against_dopamine shares executions memory growth figures snapshots overheads
bench: $(INSTALLED_FOR_TESTS) ## Measure speed and memory; half an hour on two cores that nobody else uses
	for name in $(BENCHMARKS); do $(BIN)/python -m benchmarks.$$name || exit; done
	$(BIN)/python -m benchmarks.report

bench-fleet: $(INSTALLED_FOR_TESTS) ## Measure fleets on an accelerator, 8 minutes; docs/performance.md says how without network
	$(BIN)/python -m benchmarks.fleet
	$(BIN)/python -m benchmarks.report

accelerator: $(INSTALLED_FOR_TESTS) ## Both jobs for an accelerator: bench-fleet, then published settings; MINUTES=28
	$(BIN)/python -m benchmarks.accelerator --out results $(addprefix --minutes ,$(MINUTES))
	$(BIN)/python -m benchmarks.report

# What a machine with JAX for its GPU, Flax and the usual scientific packages lacks, with all that
# it depends on; for Linux on x86-64.
CARRIED := ale-py gymnasium farama-notifications tyro docstring-parser typeguard dopamine-rl gin-config
WHEELS_FOR ?= 3.12
wheels: $(INSTALLED) ## Fetch into wheels/ what benchmarks/without_network.sh installs
	$(PIP) download $(PINS) --no-deps --only-binary=:all: --dest wheels --implementation cp \
	    --python-version $(WHEELS_FOR) $(addprefix --platform manylinux_2_,28_x86_64 27_x86_64 17_x86_64) \
	    $(CARRIED)

# Notebooks as they are after running them. They open no benchmarks, of which one is named like a figure.
OPENED = $(filter-out results/benchmarks/%,$(wildcard notebooks/*.ipynb notebooks/*.py results/*/*.parquet))
build/notebooks/.executed: $(INSTALLED_FOR_TESTS) $(OPENED)
	$(BIN)/python docs/executed.py $(@D)
	@touch $@

docs: build/notebooks/.executed ## Build the documentation's pages into site/; a warning is an error
	$(BIN)/python docs/api.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean: ## Remove .venv and caches; results stay
	rm -rf .venv build dist site *.egg-info dormancy/*.egg-info dormancy/build .pytest_cache .hypothesis .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Needs uv. The build backend is among them, since nothing is to be fetched besides.
locked.txt: constraints.txt setup.cfg dormancy/pyproject.toml pyproject.toml
	(echo ./dormancy; echo .; sed -n 's/^requires = \["\(.*\)"\]/\1/p' pyproject.toml) \
	    | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	    --no-header --no-emit-index-url --no-emit-package dormancy --no-emit-package dormant-neurons \
	    --constraint constraints.txt --output-file $@ -

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { \
	    echo "There is no $(PYTHON) here; install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3.12" >&2; \
	    exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "$$($(PYTHON) --version) is too old; install Python 3.11 or newer and name it: make PYTHON=python3.11" >&2; \
	    exit 2; }
	$(PYTHON) -m venv .venv

$(INSTALLED): .venv/bin/python setup.cfg dormancy/pyproject.toml $(CONSTRAINTS)
	@echo "Installing JAX for $(JAX) and everything else into .venv ..."
ifeq ($(LOCKED),)
	$(INSTALL) $(PINS) --editable ./dormancy --editable ".$(patsubst %,[%],$(filter-out cpu,$(JAX)))"
else
	@test $(JAX) = cpu || { echo "locked.txt has no hashes of JAX for $(JAX); leave out LOCKED or JAX." >&2; exit 2; }
	$(INSTALL) --require-hashes --requirement locked.txt
	$(INSTALL) --no-deps --no-build-isolation --editable ./dormancy --editable .
endif
	@echo $(JAX) > .venv/.jax
	@touch $@

.venv/.installed-extra-%: $(INSTALLED)
	@grep -q '^$* =' setup.cfg || { echo "There is no extra '$*' in setup.cfg; see \`make help\`." >&2; exit 2; }
	@echo "Installing what the extra $* needs into .venv ..."
	$(INSTALL) $(PINS) --editable ./dormancy --editable ".[$*]"
	@touch $@

$(INSTALLED_FOR_TESTS): $(INSTALLED)
	@echo "Installing what the tests need into .venv ..."
	$(INSTALL) $(PINS) --editable ./dormancy --editable ".[docs,mujoco,notebooks,test]"
	$(INSTALL) $(PINS) --no-deps $(ORACLE)
	@touch $@

$(INSTALLED_FOR_SLOW_TESTS): $(INSTALLED_FOR_TESTS)
	@echo "Installing Ray and submitit into .venv ..."
	$(INSTALL) $(PINS) --editable ".[ray,slurm]"
	@touch $@

$(INSTALLED_FOR_LAB): $(INSTALLED)
	@echo "Installing JupyterLab into .venv ..."
	$(INSTALL) $(PINS) --editable ./dormancy --editable ".[lab]"
	@touch $@
