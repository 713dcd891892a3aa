# The menu: `make run` shows the dashboard, `make test` proves it. Both set themselves up.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8501
BIN := .venv/bin

.PHONY: run test pytest check check-python check-javascript wheel weights demo-patients clean

run: .venv/.runtime
	$(BIN)/python -m dss_core run --server.port $(PORT)

# Tests and checks side by side. Three workers on two processors: while one waits for a browser, two
# compute.
test: .venv/.dev check-javascript
	@$(MAKE) --no-print-directory -j2 check-python pytest

pytest: .venv/.dev
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

check: check-javascript check-python

check-python: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The viewer's JavaScript; the dashboard itself runs without node.
check-javascript:
	@if command -v npm >/dev/null; then $(MAKE) -s --no-print-directory node_modules/.installed \
	  && npm run --silent check; \
	elif [ "$$CI" = true ]; then echo "CI must have node and npm to check the JavaScript"; exit 1; \
	else echo "node is not installed: the viewer's JavaScript was not checked"; fi

node_modules/.installed: package.json package-lock.json
	npm ci --no-audit --no-fund --silent
	touch $@

# The installable package, into dist/.
wheel: .venv/.dev
	$(BIN)/python -m hatchling build -t wheel

# The shipped demo weights from nothing: simulate, train, measure, write; then their cohort.
weights: .venv/.runtime
	$(BIN)/python -m dss_core make-demo-weights --out weights/demo --model-card docs/model_card.md
	$(BIN)/python -m dss_core cohort generate weights/demo

# The shipped records of the demo patients, after a change of weights, simulation, rules or stories.
demo-patients: .venv/.runtime
	$(BIN)/python -m dss_ui.cases.make_demo_patients

clean:
	rm -rf .venv node_modules dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
	  || { echo "Python 3.11 is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.runtime: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/.dev: requirements-dev.txt .venv/.runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@
