#!/bin/sh
# Sees to a Chromium and its driver: Debian's packages, when they are missing and this may install them.
set -eu
browser() { command -v chromium || command -v google-chrome; }
if browser >/dev/null && command -v chromedriver >/dev/null; then
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "No Chromium with its chromedriver here. On Debian: sudo apt-get install chromium chromium-driver" >&2
    exit 1
fi
echo "==> apt-get install chromium chromium-driver"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# The fonts: without any, Chromium draws boxes for letters.
apt-get install -y -qq --no-install-recommends chromium chromium-driver fonts-liberation >/dev/null
