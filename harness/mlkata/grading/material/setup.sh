#!/usr/bin/env bash
# Installs the kit into its own environment, with the versions that its tests ran with.
# Gradescope runs this once, as root, when the autograder is built.
set -euo pipefail
root=${KATA_AUTOGRADER:-/autograder}
here=$root/source

find_python() {
    for name in python3.13 python3.12 python3.11 python3; do
        if "$name" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    return 1
}

# Ubuntu 22.04 also offers Python 3.11; later releases have a new enough Python, but without venv.
find_python >/dev/null || {
    apt-get update -q
    apt-get install -y -q python3.11 python3.11-venv || apt-get install -y -q python3 python3-venv
} || echo "apt-get could not install another Python"
python=$(find_python) || {
    echo "no Python 3.11 or newer: choose a newer base image, such as Ubuntu 24.04" >&2
    exit 1
}

command -v bwrap >/dev/null || apt-get install -y -q bubblewrap || echo "no bubblewrap: weaker isolation only"

"$python" -m venv "$root/venv"
"$root/venv/bin/pip" install -q -c "$here/constraints.txt" "$here"/mlkata-*.whl
echo "isolation available in this container:"
"$root/venv/bin/kata" doctor
