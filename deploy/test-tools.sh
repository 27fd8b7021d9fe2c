#!/bin/sh
# Test tools: Debian's Chromium for the browser tests, promtool for the alert rules; installed when root.
#
#   deploy/test-tools.sh FOLDER     promtool goes into FOLDER when it is not installed
set -eu

folder=$1
can_install=false
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    can_install=true
fi

install_chromium() {
    echo "installing Chromium (once)"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium >/dev/null
}

# The package would start a Prometheus server, so that only its promtool is taken.
unpack_promtool() {
    echo "fetching promtool (once)"
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    (cd "$scratch" && apt-get download -qq -o APT::Sandbox::User=root prometheus) || return 1
    dpkg-deb -x "$scratch"/prometheus_*.deb "$scratch/unpacked" || return 1
    cp "$scratch/unpacked/usr/bin/promtool" "$folder/promtool"
}

if ! command -v chromium >/dev/null && $can_install; then
    install_chromium
fi

if ! command -v promtool >/dev/null; then
    if ! $can_install || ! unpack_promtool; then
        echo "promtool is missing: the tests of the alert rules will say that they were not run;" \
            "install it with: apt-get install prometheus"
    fi
fi
