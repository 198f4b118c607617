#!/usr/bin/env bash
# Writes requirements/*.txt: every package at one version with its hashes, for any platform and Python 3.11 or newer.
# Usage: deploy/scripts/lock.sh UV [arguments of uv pip compile, such as --upgrade]
set -euo pipefail

uv=$1
shift

compile() {
    output=$1
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" \
        "$@" --output-file "$output"
    echo "lock: $output, $(grep -c '^[a-z]' "$output") packages"
}

# The image runs the status service and the notifier too.
compile requirements/runtime.txt pyproject.toml --extra notify --extra web "$@"
compile requirements/dev.txt pyproject.toml --extra local --extra notify --extra stores --extra web --group dev --constraint requirements/runtime.txt "$@"
compile requirements/build.txt --group pyproject.toml:build --constraint requirements/dev.txt "$@"
compile requirements/fuzz.txt --group pyproject.toml:fuzz "$@"
