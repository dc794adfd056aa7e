# Two commands on a fresh machine: "make run" and "make test". Everything lands in .venv.
# PYTHON names another Python 3.11 to 3.13: make setup PYTHON=python3.12
# ARGS is handed on:                        make run ARGS="--help", make pytest ARGS="-k cadence"

PYTHON ?= python3
CONFIG ?= config/demo.toml
SCREENS ?= out/screens
ARGS ?=

BIN := .venv/bin
SETUP := $(PYTHON) tools/setup

.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory
.PHONY: help setup dev run doctor models screens recording validate test lint format pytest hardware lock lock-check clean distclean

help:  ## this list
	@echo "Midstance"
	@echo
	@sed -n 's/^\([a-z0-9-]*\):.*  ## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run:  ## set up, then start the kiosk on the embedded demo runner (another: CONFIG=config/home.toml)
	@$(SETUP) --quiet
	@$(BIN)/midstance run --config $(CONFIG) $(ARGS)

test:  ## set up, then check the style, the types and the walls, and run all tests
	@$(SETUP) --dev --quiet
	@$(MAKE) check-style
	@$(BIN)/python -m pytest $(ARGS)

setup:  ## only set up: environment, locked packages, pose model; the command is then .venv/bin/midstance
	@$(SETUP)

dev:  ## set up, with what the tests need
	@$(SETUP) --dev

doctor:  ## look over this machine: libraries, model, camera, buttons, display, disks
	@$(SETUP) --quiet
	@$(BIN)/midstance doctor --config $(CONFIG) $(ARGS)

models:  ## build all pose models (lite and heavy need npm; "full", which setup builds, does not)
	@$(SETUP) --quiet
	@$(BIN)/midstance models build lite full heavy

screens:  ## draw every screen of the kiosk into out/screens, and the contact sheet of the tests
	@$(SETUP) --quiet
	@$(BIN)/python -m device.ui.gallery $(SCREENS) --sheet tests/screens/contact-sheet.png

recording:  ## record a demo session of the kiosk into tests/screens/demo.gif (minutes)
	@$(SETUP) --quiet
	@$(BIN)/python tools/recording.py tests/screens/demo.gif $(ARGS)

validate:  ## measure all recordings of known truth and write tests/validation/REPORT.md
	@$(SETUP) --quiet
	@$(BIN)/midstance validate --out tests/validation $(ARGS)

lint:  ## check the style, the types and the walls between the rooms
	@$(SETUP) --dev --quiet
	@$(MAKE) check-style

format:  ## put the source in shape
	@$(SETUP) --dev --quiet
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

pytest:  ## run tests only: make pytest ARGS="tests/gait -k cadence"
	@$(SETUP) --dev --quiet
	@$(BIN)/python -m pytest $(ARGS)

hardware:  ## build and check the printed parts, draw pictures and wiring (environment of its own; needs graphviz)
	@test -x .cache/hardware/bin/python || $(PYTHON) -m venv .cache/hardware
	@.cache/hardware/bin/python -m pip install --quiet --disable-pip-version-check \
	  --require-hashes --only-binary=:all: -r requirements/hardware.txt
	@.cache/hardware/bin/python hardware/mechanics/build.py

lock:  ## resolve the dependencies anew for every supported machine (newest: ARGS=--upgrade)
	@$(PYTHON) tools/lock.py $(ARGS)

lock-check:  ## ask the package index whether every supported machine can use the locks
	@$(PYTHON) tools/lock.py --check

clean:  ## remove what tests, tools and runs left behind; the environment stays
	@rm -rf out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -not -path './.venv/*' -not -path './.git/*' -prune -exec rm -rf {} +
	@echo "Clean."

distclean: clean  ## remove the environment and the models in it as well
	@rm -rf .venv .cache midstance.egg-info

.PHONY: check-style
check-style:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# --- a station -----------------------------------------------------------------------------------

PROFILE ?=
STATION ?= auto
BUNDLE ?=
BENCH ?= out/bench

.PHONY: train
train:  ## render pictures, train the pelvis network anew, judge it, write its weights (hours)
	@$(SETUP) --dev --quiet && $(BIN)/python -m pip install '.[train]'
	$(BIN)/python -m device.pelvis.training.recipe out/train $(ARGS)

.PHONY: install uninstall bundle deb bench-vm bench-arm64

install:  ## (sudo) make this machine a station, or upgrade it: PROFILE=gym|home|clinic BUNDLE=folder
	@/usr/bin/python3 tools/install --station $(STATION) $(if $(PROFILE),--profile $(PROFILE)) \
	  $(if $(BUNDLE),--bundle $(BUNDLE)) $(if $(DESTDIR),--root $(DESTDIR)) $(ARGS)

uninstall:  ## (sudo) take the station away again; settings and sessions stay
	@/usr/bin/python3 tools/install --uninstall $(if $(DESTDIR),--root $(DESTDIR))

bundle:  ## fill out/bundle (or BUNDLE=folder), from which a machine without a network is installed
	@$(PYTHON) tools/bundle.py $(BUNDLE) $(ARGS)

deb:  ## wrap the bundle into one Debian package in out: sudo apt install ./midstance_*.deb
	@$(PYTHON) tools/bundle.py $(BUNDLE) --no-debs $(ARGS)
	@$(PYTHON) tools/deb.py $(BUNDLE)

bench-vm:  ## boot the installed station in a virtual machine, press its buttons, pull its stick
	@$(SETUP) --dev --quiet
	@$(BIN)/python tests/bench/run.py --out $(BENCH) $(ARGS)

bench-arm64:  ## on an emulated 64-bit Arm: install the locks, load everything, one real inference
	@$(SETUP) --quiet
	@bash tests/bench/arm64.sh $(BENCH)

# --- what it withstands --------------------------------------------------------------------------

.PHONY: faults fuzz audit sbom

faults:  ## inject every fault at every instant and write tests/faults/RESULTS.md (needs root; an hour)
	@$(SETUP) --dev --quiet
	@$(BIN)/python tests/faults/results.py
	@MIDSTANCE_FAULTS=all $(BIN)/python -m pytest --timeout 7200 tests/faults $(ARGS)

fuzz:  ## ten minutes of atheris on the readers of pose tracks and settings, then any input for all others
	@$(SETUP) --dev --quiet
	@$(PYTHON) tests/fuzz/run.py $(ARGS)
	@HYPOTHESIS_PROFILE=search MIDSTANCE_FUZZ=20 $(BIN)/python -m pytest --timeout 3600 tests/fuzz

audit:  ## look for known flaws in the locked packages; fails where the database cannot be reached
	@$(PYTHON) tools/audit.py audit

sbom:  ## write out/sbom.cdx.json: what a station is made of (CycloneDX)
	@$(PYTHON) tools/audit.py sbom out/sbom.cdx.json
