#!/usr/bin/env bash
# Chromium for the tests of pages: installs Debian's where there is none. Exit code 3: it can't be installed here.
set -euo pipefail

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null; then exit 0; fi
done
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "chromium: none here, and only root with apt-get can install it" >&2
    exit 3
fi
export DEBIAN_FRONTEND=noninteractive
# The fonts are what Chinese pages are drawn with.
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk; } >/dev/null; then
    echo "chromium: apt-get could not install it (see above)" >&2
    exit 3
fi
command -v chromium >/dev/null || { echo "chromium: apt-get installed something else by that name" >&2; exit 3; }
