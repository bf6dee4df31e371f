#!/bin/sh
# macOS: double-click this file. It installs what is missing, starts a class, and opens the page.
# Written for macOS and tried on Linux alone: "sh 'docs/start/Ladder Lab.command'" does the same there.
cd "$(dirname "$0")/../.." || exit 1
stay() {
    echo "Press Return to close this window."
    read -r _
    exit "$1"
}
if ! [ -x .venv/bin/streamlit ]; then
    echo "Installing, once. This needs the internet and some minutes."
    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt || {
        echo "This could not be installed. It needs Python 3.11 or newer (python.org) and the internet."
        stay 1
    }
fi
.venv/bin/python -m ladder serve --class
stay $?
