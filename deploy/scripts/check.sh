#!/usr/bin/env bash
# Checks of what is under deploy/ by tools that no Python package brings; a tool that can't be had is skipped, loudly.
# The other checks of it are tests (tests/deploy). Usage: deploy/scripts/check.sh TOOLS, a directory to fetch tools to.
set -euo pipefail
cd "$(dirname "$0")/../.."

tools=$1
skipped=0

skip() {
    printf '\n*** SKIPPED: %s\n\n' "$*" >&2
    skipped=$((skipped + 1))
}

# From Debian's packages without installing anything: `fetch PACKAGE PATH` leaves its program in $tools/bin.
fetch() {
    local name=${2##*/}
    [ -x "$tools/bin/$name" ] && return
    command -v apt-get dpkg-deb >/dev/null || return
    mkdir -p "$tools/bin" "$tools/packages"
    (
        cd "$tools/packages"
        apt-get download "$1" || { apt-get update && apt-get download "$1"; }
        dpkg-deb --extract "$1"_*.deb .
        cp "./$2" "$tools/bin/$name"
    ) >/dev/null 2>&1 || rm -f "$tools/bin/$name"
    rm -rf "$tools/packages"
}

# The path of a program, installed or fetched; nothing when it can't be had.
tool() {
    command -v "${2##*/}" || { fetch "$1" "$2" && [ -x "$tools/bin/${2##*/}" ] && echo "$tools/bin/${2##*/}"; } || true
}

# The image's own steps, without the image: exactly the files that it copies, the locked packages, the wheel.
by_hand() {
    rm -rf "$1"
    mkdir -p "$1"
    sed -n 's/^!//p' .dockerignore | xargs -I{} cp -r {} "$1/"
    (
        cd "$1"
        export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_QUIET=1
        python=$OLDPWD/.venv/bin/python
        "$python" -m venv app
        app/bin/python -m pip install --require-hashes --requirement requirements/runtime.txt
        "$python" -m venv tools
        tools/bin/python -m pip install --require-hashes --requirement requirements/build.txt
        tools/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir wheels .
        app/bin/python -m pip install --no-deps --no-index wheels/*.whl
        app/bin/python -m pip check
        rm -rf schemas streams # what is run is what was installed
        app/bin/eligibility schemas export --output contracts >/dev/null
        app/bin/eligibility policy check "$(app/bin/python -c 'from importlib.resources import files; print(files("streams.local") / "policies/default.yaml")')"
        # The extras are there: the status service and every channel of the notifier can be loaded.
        app/bin/python -c 'import apprise, streams.notify.run, streams.web.serve'
        echo "image by hand: $(app/bin/eligibility --version), $(du -sm app | cut -f 1) MB"
    )
    rm -rf "$1"
}

mkdir -p "$tools"
tools=$(cd "$tools" && pwd)

promtool=$(tool prometheus usr/bin/promtool)
if [ -n "$promtool" ]; then
    "$promtool" check rules deploy/prometheus/alerts.yml
    "$promtool" test rules deploy/prometheus/alerts_test.yml
    "$promtool" check config --syntax-only deploy/prometheus/prometheus.yml
else
    skip "no promtool: alert rules and their tests were not run"
fi

shellcheck=$(tool shellcheck usr/bin/shellcheck)
if [ -n "$shellcheck" ]; then
    "$shellcheck" deploy/scripts/*.sh .ci/run
    echo "shellcheck: clean"
else
    skip "no shellcheck: scripts were not checked"
fi

if command -v systemd-analyze >/dev/null; then
    # the program is where the unit says only on a host that runs it
    told=$(SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no deploy/systemd/*.service 2>&1 |
        grep -v 'Command /opt/eligibility/bin/eligibility is not executable' || true)
    if [ -n "$told" ]; then
        printf '%s\n' "$told" >&2
        exit 1
    fi
    echo "systemd-analyze: clean"
else
    skip "no systemd-analyze: the units were not checked"
fi

if docker compose version >/dev/null 2>&1; then
    for profile in core three people tools watch; do
        docker compose --profile core --profile "$profile" config --quiet
    done
    echo "docker compose: clean"
else
    skip "no docker compose: the Compose file was checked by its schema alone"
fi

if docker info >/dev/null 2>&1; then
    docker build --quiet --file deploy/Dockerfile --tag eligibility-streams:check .
    docker run --rm --read-only --tmpfs /tmp eligibility-streams:check --version
else
    skip "no Docker engine: the image was linted, not built; its steps follow in virtual environments"
    by_hand "$tools/image"
fi

echo "manifests: checked, $skipped skipped"
