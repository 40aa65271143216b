# A thin way in: the checks are sessions in noxfile.py, and hacking/nox.sh makes the virtual environment that has nox.
# PYTHON=... names the interpreter; by default it is the newest one on PATH that runs.
.DEFAULT_GOAL := help
.PHONY: help quickstart setup test test-all sanity units integration end-to-end stateful lint docs benchmark clean

nox = @PYTHON="$(PYTHON)" sh hacking/nox.sh --sessions

help:
	@echo 'make quickstart                  run playbooks/quickstart.yml against a local emulator, no AWS account needed'
	@echo 'make setup                       install in .venv what pytest, an editor and a debugger need'
	@echo 'make test                        every check, in one run with one summary'
	@echo 'make test-all                    tests with the oldest, middle and newest versions'
	@echo 'make sanity                      ansible-test sanity'
	@echo 'make units [FILE=tests/unit/..]  ansible-test units: all, or one file'
	@echo 'make integration [TARGET=name]   ansible-test integration: all, or one of tests/integration/targets'
	@echo 'make end-to-end [FILE=tests/..]  what users do, with the programs they use: all, or one file'
	@echo 'make stateful [MINUTES=60 SEED=n]  random sequences of tasks, which make test runs for 2,000 steps'
	@echo 'make lint                        static checks: ruff, mypy, ansible-lint, docs, reuse, codespell, changelog'
	@echo 'make docs                        build the documentation site'
	@echo 'make benchmark                   measure what tasks cost, print a table and draw it, about twenty minutes'
	@echo 'make clean                       remove .venv and .cache, where all of that lives'
	@echo
	@echo 'PYTHON=python3.X chooses the interpreter (3.11 or newer). After one of the above, .venv/bin/nox --list lists'
	@echo 'the checks by name, e.g. .venv/bin/nox -s mypy, or .venv/bin/nox -s units -- tests/unit/plugins/test_x.py'

quickstart:
	$(nox) quickstart

setup:
	$(nox) dev

test:
	@PYTHON="$(PYTHON)" sh hacking/nox.sh --parallel 2

test-all:
	$(nox) matrix --parallel 2

sanity:
	$(nox) sanity

units:
	$(nox) units -- $(FILE)

integration:
	$(nox) integration -- $(TARGET)

end-to-end:
	$(nox) end_to_end -- $(FILE)

stateful:
	@STATEFUL_MINUTES=$(or $(MINUTES),60) STATEFUL_SEED=$(SEED) PYTHON="$(PYTHON)" sh hacking/nox.sh --sessions stateful

lint:
	$(nox) ansible_lint docs mypy lint

docs:
	$(nox) docs

benchmark:
	$(nox) benchmark

clean:
	rm -rf .venv .cache __pycache__ hacking/__pycache__
