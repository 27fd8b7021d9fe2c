#!/bin/sh
# Preflight: says what this machine lacks and the command that installs it; exit code 2 if anything.
#
#   deploy/preflight.sh python java mvn chromium     checks the named tools
#   deploy/preflight.sh which-python                 prints the Python to build .venv with
set -u

python_is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14 python}; do
        if python_is_new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

# install_with APT DNF BREW: the command for the package manager that is here.
install_with() {
    if command -v apt-get >/dev/null; then
        echo "apt-get install $1"
    elif command -v dnf >/dev/null; then
        echo "dnf install $2"
    else
        echo "brew install $3"
    fi
}

missing() {
    echo "stepthree: $1; install it with: $2" >&2
    lacking=1
}

check_python() {
    if ! python=$(find_python); then
        found=$(python3 --version 2>/dev/null || echo none)
        missing "Python 3.11 or newer is needed (found: $found)" \
            "$(install_with 'python3 python3-venv' python3.11 python@3.13)"
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        missing "$python cannot make virtual environments" \
            "$(install_with python3-venv python3-pip python@3.13)"
    fi
}

check_java() {
    found=$(java -version 2>&1 | sed -n 's/.*version "\([^"]*\)".*/\1/p')
    major=${found%%[!0-9]*}
    if [ "${major:-0}" -lt 17 ]; then
        missing "Java 17 or newer is needed (found: ${found:-none})" \
            "$(install_with openjdk-17-jre-headless java-17-openjdk-headless openjdk@17)"
    fi
}

check_mvn() {
    if ! command -v mvn >/dev/null; then
        missing "Maven is needed to fetch the broker (found: none)" \
            "$(install_with maven maven maven)"
    fi
}

can_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

check_chromium() {
    if ! command -v chromium >/dev/null && ! can_install; then
        missing "Chromium is needed by the browser tests (found: none)" \
            "$(install_with chromium chromium '--cask chromium')"
    fi
}

lacking=0
for want in "$@"; do
    case $want in
    which-python) find_python || lacking=1 ;;
    python) check_python ;;
    java) check_java ;;
    mvn) check_mvn ;;
    chromium) check_chromium ;;
    *)
        echo "preflight: expected python, java, mvn, chromium or which-python; found $want" >&2
        exit 2
        ;;
    esac
done
[ "$lacking" -eq 0 ] || exit 2
