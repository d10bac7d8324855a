# Quoth: `make serve` to use it, `make test` to test it. Everything goes into .venv/.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.PHONY: help serve test train-reader test-doors test-browser test-api load check format eval gate baseline peers bench test-crash bench-corpus clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

# torch goes first and pinned: a looser request pulls gigabytes of accelerator libraries.
$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $(STAMP)

serve: $(STAMP) ## Index seeds/ if need be and serve on http://127.0.0.1:8000
	$(BIN)/quoth serve

test: $(STAMP) ## Run the tests
	$(BIN)/python -m pytest

test-doors: $(STAMP) ## Test with the official clients (OpenAI, llm, MCP, Slack) and the real reader
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,doors]'
	$(BIN)/python -m pytest tests/doors

BROWSER_TESTS ?= tests/browser
test-browser: $(STAMP) ## Test the page in Chromium, which must be installed: apt-get install chromium fonts-noto
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,browser]'
	$(BIN)/python -m pytest $(BROWSER_TESTS)

test-api: $(STAMP) ## Ask every published route with 300 made-up requests, broken ones too
	QUOTH_API_EXAMPLES=300 $(BIN)/python -m pytest tests/qa/test_api_schema.py

load: $(STAMP) ## Put 8 and 64 clients on a server for a minute each, or LOAD_SECONDS=5
	$(BIN)/python -m tests.load.load $(LOAD_SECONDS)

test-crash: $(STAMP) ## Kill a writer 200 times at random instants and check what it leaves
	QUOTH_TEST_KILLS=200 $(BIN)/python -m pytest -s tests/index/test_crash.py

check: $(STAMP) ## Lint, check types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP) ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

eval: $(STAMP) ## Ask the gold questions of the seed
	$(BIN)/quoth eval

gate: $(STAMP) ## Hold the gold questions of the seed against eval/gate.toml
	$(BIN)/quoth eval --gate eval/gate.toml

baseline: $(STAMP) ## Save what the gate compares with, when a change is meant to move the figures
	$(BIN)/quoth eval --baseline eval/baseline.json

peers: $(STAMP) ## Measure Haystack, txtai and LangChain beside Quoth: make peers DATA=squad.json.gz
	$(BIN)/python -m eval.peers $(DATA) --image docs/peers.svg

READER_DATA ?= ../shared/data/reader
train-reader: $(STAMP) ## Train the reader anew, fit its calibration: READER_DATA=folder, MINUTES=95, START=weights to go on from
	$(BIN)/python -m qa.reader.train --data $(READER_DATA) --out .train/reader --budget-minutes $(or $(MINUTES),95) $(if $(START),--start $(START))
	$(BIN)/python -m qa.reader.export .train/reader
	$(BIN)/python -m qa.reader.calibrate --data $(READER_DATA) --out qa/reader/weights/calibration.json

bench: $(STAMP) ## Measure latency, throughput and the reader, beside a baseline
	$(BIN)/python -m eval.bench

bench-corpus: $(STAMP) ## Measure how the corpus carries 1,000, 100,000 and 1,000,000 passages
	$(BIN)/python -m eval.bench_corpus 1000 100000 1000000

clean: ## Remove the environment and the built index
	rm -rf $(VENV) .quoth
