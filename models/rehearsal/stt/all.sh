#!/bin/sh
# all.sh WORK MINUTES [PROCESSES]: makes the data, trains once for all words and half as long for marks, exports and evaluates.
set -e
here=$(cd "$(dirname "$0")" && pwd)
export OMP_NUM_THREADS=1
python "$here/speak.py" "$1/data" --shards 0-19 --per-shard 2000 --seed 1
python "$here/train.py" "$1/data" "$1/run" --minutes "$2" --processes "${3:-1}"
# Then turns with pauses, without the voices that end-of-turn weights are tested on.
python "$here/pauses.py" "$1/turns" --shards 100-119 --per-shard 1000 --seed 7
python "$here/train.py" "$1/data" "$1/marks" --start "$1/run/final.pt" --more "$1/turns" --minutes "$2" --processes "${3:-1}" --seed 2 \
    --without flite:awb,espeak:en-gb-scotland,espeak:en-us-nyc,espeak:en-029 --frames 8000 --decay 0.5 --rate 0.006 --adam-rate 1e-3
python "$here/export.py" "$1/marks/final.pt" "$1/data" "$1/rehearsal-stt-en"
python "$here/evaluate.py" "$1/rehearsal-stt-en" --full --turns 400
