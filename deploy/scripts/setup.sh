#!/usr/bin/env bash
# Makes a virtual environment with exactly the packages of requirements/dev.txt (hashes checked) and the project itself.
# Usage: deploy/scripts/setup.sh PYTHON VENV
set -euo pipefail

python=$1 venv=$2

fail() {
    printf 'setup: %s\n' "$*" >&2
    exit 1
}

[ -n "$python" ] || fail "no Python 3.11 or newer found. Install one, or name it: make setup PYTHON=/path/to/python3.11"
version=$("$python" -c 'import platform; print(platform.python_version())') || fail "$python does not run"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "$python is Python $version; 3.11 or newer is needed"

if ! "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "setup: new virtual environment $venv with Python $version"
    rm -rf "$venv"
    "$python" -m venv "$venv" || fail "$python has no working venv module (on Debian and Ubuntu: apt install python3-venv)"
fi

count=$(grep -c '^[a-z]' requirements/dev.txt)
echo "setup: installing $count locked packages into $venv (about a minute the first time)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt ||
    fail "pip could not install requirements/dev.txt. Is the package index reachable? Try: $venv/bin/pip download --no-deps six"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . ||
    fail "pip could not install the project itself"
echo "setup: done; commands: $venv/bin/eligibility --help"
