# The doors to Vedette. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast lint bench up down status logs rebuild clean
PYTHON3 ?= python3
PYTHON := .venv/bin/python
DURATION ?=
SEED ?= 7
PART ?=
TIMES ?=
BENCHES := log edge clickhouse detect hop
SERVERS := kafka or clickhouse or mqtt or flink or browser or stack

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

setup: ## install everything from a fresh clone (done by itself by the others)
	@$(PYTHON3) -m infra.setup

demo: setup ## start everything and watch a fleet being defended; DURATION=120 ends by itself
	@$(PYTHON) -m infra.demo --seed $(SEED) $(if $(DURATION),--duration-s $(DURATION))

test: setup lint ## lint, types and every test, on the real parts
	@$(PYTHON) -m pytest -n 2 --dist loadscope --no-loadscope-reorder --durations=10

test-fast: setup ## lint and the tests that need no server
	@.venv/bin/ruff check -q . && .venv/bin/ruff format -q --check .
	@$(PYTHON) -m pytest -m "not ($(SERVERS))"

lint: setup ## ruff and mypy
	@.venv/bin/ruff check -q . && .venv/bin/ruff format -q --check . && .venv/bin/mypy --no-error-summary

bench: setup ## measure; one JSON line a benchmark
	@for one in $(BENCHES); do $(PYTHON) -m tests.bench.$$one --json || exit 1; done

up: setup ## start the stack and leave it running
	@$(PYTHON) -m infra.stack up

down: setup ## stop the stack, also after a crash
	@$(PYTHON) -m infra.stack down

status: setup ## how each part stands
	@$(PYTHON) -m infra.stack status

logs: setup ## follow the logs; PART=ingest for one
	@$(PYTHON) -m infra.stack logs $(PART)

rebuild: setup ## fill ClickHouse from the log again, derive all other state, compare: equal, or what differs; TIMES=2 for twice
	@$(PYTHON) -m infra.stack stop archive
	@$(PYTHON) -m streams.replay rebuild $(if $(TIMES),--times $(TIMES)); code=$$?; $(PYTHON) -m infra.stack start archive && exit $$code

clean: down ## stop the stack and delete its data (not the environments)
	@rm -rf build/kafka build/clickhouse build/flink build/mosquitto build/pki build/faust build/run build/logs build/demo build/control.token
