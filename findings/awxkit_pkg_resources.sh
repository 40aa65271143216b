#!/usr/bin/env bash
# What: awxkit imports pkg_resources, which setuptools removed, and does not limit the version of setuptools.
# Version: awxkit 24.6.1; setuptools 82.0.0, the first version without pkg_resources.
# Seen: `awx --version` ends with ModuleNotFoundError: No module named 'pkg_resources'. With setuptools 81 it works.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
python3 -m venv venv
venv/bin/pip install --quiet 'awxkit==24.6.1' 'setuptools==82.0.0'
if venv/bin/awx --version >log 2>&1; then
    cat log
    exit 1
fi
grep "No module named 'pkg_resources'" log
venv/bin/pip install --quiet 'setuptools==81.0.0'
venv/bin/awx --version 2>log
