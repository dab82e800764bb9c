#!/bin/sh
# Draws new fixtures with the reference implementations: tiny random checkpoints in the true file
# formats, and what the references compute from them.
#
#   models/reference/regenerate.sh [--seed N] [--out DIR]
#
# The default folder is the committed one. To test against fixtures of your own seed:
#
#   models/reference/regenerate.sh --seed 7 --out /tmp/fixtures
#   ANTIPHON_FIXTURES=/tmp/fixtures cargo test -p antiphon-models
#
# PYTHON names an interpreter that already has the packages of requirements.txt; otherwise a
# virtual environment is made beside this script.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
seed=0
out=$here/../tests/fixtures
while [ $# -gt 0 ]; do
    case $1 in
        --seed) seed=$2; shift 2 ;;
        --out) out=$2; shift 2 ;;
        *) echo "usage: $0 [--seed N] [--out DIR]" >&2; exit 2 ;;
    esac
done
if [ -z "${PYTHON:-}" ]; then
    venv=$here/.venv
    [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet -r "$here/requirements.txt"
    # Without what turns text to phonemes, which takes no part here.
    "$venv/bin/pip" install --quiet --no-deps kokoro==0.9.4
    PYTHON=$venv/bin/python
fi
for script in "$here"/*/make.py; do
    name=$(basename "$(dirname "$script")")
    mkdir -p "$out/$name"
    "$PYTHON" "$script" --seed "$seed" --out "$out/$name"
done
