#!/bin/sh
# Prints the Python to build with: the one given as argument, else the newest one on PATH. A name on PATH proves
# nothing (a pyenv shim exists and fails), so each candidate is run. The list ends where ansible-test's knowledge ends.
# One with venv and pip inside is preferred to a newer one without: Debian packages them apart.
candidates=${1:-python3.14 python3.13 python3.12 python3.11 python3}
new_enough='import sys; sys.exit(sys.version_info < (3, 11))'
for check in "import venv, ensurepip; $new_enough" "$new_enough"; do
    for candidate in $candidates; do
        if "$candidate" -c "$check" 2>/dev/null; then
            echo "$candidate"
            exit 0
        fi
    done
done
echo "Python 3.11 or newer is needed, and none of these is one that runs: $candidates (PYTHON=... names another)." >&2
exit 1
