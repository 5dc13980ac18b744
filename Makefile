# Two commands for users: make demo, make test. What is Python's is set up in .venv, without root; the
# tests take Debian packages, too, which only root can install.
PYTHON ?= python3
BIN := .venv/bin
# Three times as many as there are processors: most tests wait most of the time.
WORKERS ?= $$(($$(nproc) * 3))

.PHONY: help demo test bench soak compat deb test-deb lint format clean

help:
	@echo "make demo    open the console on the built-in virtual printer"
	@echo "make test    check and test everything"
	@echo "make bench   measure the stream beside printcore, clients, console, launchers, estimates, checks"
	@echo "make soak    kill, stop, unplug and damage what prints, for ten minutes"
	@echo "make compat  try it with the software of others"
	@echo "make deb     build a Debian package for this machine's architecture"
	@echo "make test-deb  install, upgrade and remove it in a clean Debian, in mid-print"
	@echo "make lint    check without running the tests"
	@echo "make format  put the sources into their form"
	@echo "make clean   remove what these made"

demo:
	@PYTHON=$(PYTHON) scripts/setup run
	@$(BIN)/gbterm demo

test: lint
	@scripts/apt-packages
	@PYTHON=$(PYTHON) scripts/octoprint
	@PYTHON=$(PYTHON) scripts/octoprint-clients
	@$(BIN)/python -m pytest --numprocesses $(WORKERS)

bench:
	@PYTHON=$(PYTHON) scripts/setup run
	@PYTHON=$(PYTHON) bench/run

soak:
	@PYTHON=$(PYTHON) scripts/setup dev
	@scripts/apt-packages
	@PYTHONPATH=. $(BIN)/python -m pytest -s -p no:cacheprovider soak

compat:
	@PYTHON=$(PYTHON) compat/run

deb:
	@packaging/deb/build

test-deb:
	@PYTHON=$(PYTHON) scripts/setup dev
	@PYTHONPATH=. $(BIN)/python packaging/deb/trial

lint:
	@PYTHON=$(PYTHON) scripts/setup dev
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary

format:
	@PYTHON=$(PYTHON) scripts/setup dev
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

clean:
	@rm -rf .venv .venv-bench .venv-compat .venv-octoprint .venv-octoprint-clients bench/.build .mypy_cache .ruff_cache .pytest_cache .hypothesis
