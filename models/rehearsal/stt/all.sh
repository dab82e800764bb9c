#!/bin/sh
# all.sh WORK MINUTES [PROCESSES]: makes the data, trains, exports and evaluates.
set -e
here=$(cd "$(dirname "$0")" && pwd)
export OMP_NUM_THREADS=1
python "$here/speak.py" "$1/data" --shards 0-19 --per-shard 2000 --seed 1
python "$here/train.py" "$1/data" "$1/run" --minutes "$2" --processes "${3:-1}"
python "$here/export.py" "$1/run/final.pt" "$1/data" "$1/rehearsal-stt-en"
python "$here/evaluate.py" "$1/rehearsal-stt-en" --full
