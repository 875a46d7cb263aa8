# Two commands do everything on a fresh machine with Python 3.11: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
OPENCV ?= opencv-python>=4.10,<6
ARGS ?=
SCENE ?=
WORKERS ?= 3

.PHONY: demo test lint types test-opencv4 clean help

help:
	@echo "make demo          a simulated shop through the whole system, until Ctrl-C"
	@echo "make demo SCENE=f  the same with a recorded clip, looped"
	@echo "make test          the whole test suite; WORKERS=3 tests at a time, ARGS=... for pytest"
	@echo "make lint types    ruff, mypy"
	@echo "make test-opencv4  the camera tests on OpenCV 4.x"

demo: $(VENV)/.demo-ready
	@exec $(BIN)/instore-sim demo $(if $(SCENE),--scene "$(SCENE)") $(ARGS)

# First what may share the machine, then one by one what measures time. A part in which nothing is collected is well
# (exit code 5), two such parts are not: then ARGS names no test at all.
test: $(VENV)/.test-ready
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not alone" $(ARGS); shared=$$?; \
	case $$shared in 0|1|5) ;; *) exit $$shared;; esac; \
	$(BIN)/python -m pytest -m alone $(ARGS); alone=$$?; \
	case $$shared-$$alone in 0-0|0-5|5-0) ;; *) exit 1;; esac

lint: $(VENV)/.test-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test-ready
	$(BIN)/mypy

test-opencv4:
	$(MAKE) test VENV=.venv-opencv4 OPENCV="opencv-python>=4.10,<5" ARGS="$(or $(ARGS),tests/edge/sight tests/edge/measure tests/edge/test_replay.py tests/simulators)"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo-ready: pyproject.toml Makefile | $(VENV)/bin/python
	@echo "Installing into $(VENV) (once; some minutes on a slow line)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[edge,hub,dashboard,sim]' '$(OPENCV)'
	@BIN=$(BIN) sh ./opencv.sh
	@touch $@

$(VENV)/.test-ready: pyproject.toml Makefile | $(VENV)/bin/python
	@echo "Installing into $(VENV) with what the tests need (once; some minutes on a slow line)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[all]' '$(OPENCV)'
	@BIN=$(BIN) sh ./opencv.sh
	@touch $@

clean:
	rm -rf .venv .venv-opencv4 .demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
