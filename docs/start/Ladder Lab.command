#!/bin/sh
# macOS: double-click this file. It installs what is missing, starts a class, and opens the page.
# Written for macOS and tried on Linux alone: "sh 'docs/start/Ladder Lab.command'" does the same there.
needs="Python 3.11 or newer (python.org)"
fits='import sys; sys.exit(sys.version_info < (3, 11) or sys.maxsize < 2**32)'

stay() {
    echo "Press Return to close this window."
    read -r _
    exit "$1"
}

failed() {
    echo "This could not be installed; the lines above say why. It needs $needs, and the internet once."
    stay 1
}

if ! cd "$(dirname "$0")/../.." || ! [ -f requirements.txt ]; then
    echo "The other files of Ladder Lab are not there. Unpack the whole ZIP, and start this file in its folder docs/start."
    stay 1
fi
echo "Ladder Lab: what is missing is installed first. That is done once, and needs the internet and some minutes."
if ! .venv/bin/python -c "import pip; $fits" 2>/dev/null; then
    for python in python3 python3.14 python3.13 python3.12 python3.11 ""; do
        "$python" -c "$fits" 2>/dev/null && break
    done
    if [ -z "$python" ]; then
        echo "There is no $needs on this computer. Install it, and double-click this file again."
        stay 1
    fi
    "$python" -m venv --clear .venv || failed
fi
# The list is copied when all of it is installed: what was cut short, or is of an earlier version, is installed again.
if ! cmp -s requirements.txt .venv/installed.txt; then
    .venv/bin/python -m pip install --disable-pip-version-check -r requirements.txt || failed
    cp requirements.txt .venv/installed.txt || failed
fi
.venv/bin/python -m ladder serve --class
stay $?
