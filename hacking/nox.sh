#!/bin/sh
# Runs nox from the virtual environment .venv, which this makes. It is made again, as is everything in .cache, when the
# interpreter or requirements/nox.txt has changed, or the repository was moved. PYTHON names the interpreter.
set -e
cd "$(dirname "$0")/.."

# A name on PATH proves nothing (a pyenv shim exists and fails), so each candidate is run. The list ends where
# ansible-test's knowledge ends. Debian packages venv apart from Python, so one that has it is preferred.
find_python() {
    new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
    for check in "import venv, ensurepip; $new_enough" "$new_enough"; do
        for candidate in ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3}; do
            "$candidate" -c "$check" 2>/dev/null && echo "$candidate" && return
        done
    done
    echo "Python 3.11 or newer is needed, and none of these runs: ${PYTHON:-python3, python3.11 to python3.14}." >&2
    exit 1
}

python=$(find_python)
made_of="$("$python" -c 'import os, sys; print(sys.version, os.path.realpath(sys._base_executable))') $PWD $(cat requirements/nox.txt)"
if [ "$(cat .venv/made_of 2>/dev/null)" != "$made_of" ]; then
    echo "Creating .venv with $python"
    rm -rf .venv .cache
    "$python" -m venv .venv
    .venv/bin/python -m pip install -qq --disable-pip-version-check --retries 10 -r requirements/nox.txt
    echo "$made_of" >.venv/made_of
fi
exec .venv/bin/nox "$@"
