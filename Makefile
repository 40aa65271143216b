# A thin way in: the work is done by hacking/toolchain.py (what is installed and staged) and noxfile.py (the checks).
# PYTHON=... names the interpreter; by default it is the newest one on PATH that runs.
.DEFAULT_GOAL := help
.PHONY: help quickstart test test-all sanity units integration end-to-end soak lint docs benchmark clean

setup = python=$$(sh hacking/find-python.sh "$(PYTHON)") && "$$python" -B hacking/toolchain.py setup
nox = .venv/bin/nox --session

help:
	@echo 'make quickstart                  run playbooks/quickstart.yml against a local emulator, no AWS account needed'
	@echo 'make test                        every check, in one run with one summary'
	@echo 'make test-all                    units and integration with the oldest, a middle and the newest pair of versions'
	@echo 'make sanity                      ansible-test sanity'
	@echo 'make units [FILE=tests/unit/..]  ansible-test units: all, or one file'
	@echo 'make integration [TARGET=name]   ansible-test integration: all, or one of tests/integration/targets'
	@echo 'make end-to-end [FILE=tests/..]  what users do, with the programs they use: all, or one file'
	@echo 'make soak [MINUTES=60 SEED=n]    random histories of tasks, which make test runs for 2,000 steps'
	@echo 'make lint                        the checks that run nothing: ansible-lint, docs, changelog, ruff, mypy, reuse, codespell'
	@echo 'make docs                        build the documentation site'
	@echo 'make benchmark                   measure what tasks cost, print a table and draw it, about ten minutes'
	@echo 'make clean                       remove .venv and .cache, where all of that lives'
	@echo
	@echo 'PYTHON=python3.X chooses the interpreter (3.11 or newer). After one of the above, .venv/bin/nox --list tells'
	@echo 'each check by name, e.g. .venv/bin/nox -s mypy, or .venv/bin/nox -s units -- tests/unit/plugins/test_x.py'

quickstart:
	@$(setup) quickstart
	@.venv/bin/python -B hacking/toolchain.py quickstart

test:
	@$(setup) test
	@.venv/bin/python -B hacking/toolchain.py test

test-all:
	@python=$$(sh hacking/find-python.sh "$(PYTHON)") && "$$python" -B hacking/pairs.py

sanity:
	@$(setup) test
	@$(nox) sanity

units:
	@$(setup) test
	@$(nox) units -- $(FILE)

integration:
	@$(setup) test
	@$(nox) integration -- $(TARGET)

end-to-end:
	@$(setup) test
	@$(nox) end_to_end -- $(FILE)

soak:
	@$(setup) test
	@HISTORY_MINUTES=$(or $(MINUTES),60) HISTORY_SEED=$(SEED) $(nox) histories

lint:
	@$(setup) test
	@$(nox) ansible_lint docs_lint changelog ruff formatting mypy reuse codespell

docs:
	@$(setup) test
	@$(nox) docs

benchmark:
	@$(setup) benchmark
	@.venv/bin/python -B hacking/toolchain.py benchmark

clean:
	rm -rf .venv .cache __pycache__ hacking/__pycache__
