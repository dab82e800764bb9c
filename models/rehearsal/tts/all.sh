#!/bin/sh
# all.sh WORK MINUTES [PHONEMES]: makes the data, trains, exports and evaluates. PHONEMES is the program that turns lines of
# text into lines of phoneme symbols. SHARDS and PER_SHARD make less data, to see whether all works.
set -e
here=$(cd "$(dirname "$0")" && pwd)
g2p=${3:-antiphon phonemes}
export OMP_NUM_THREADS=1
python "$here/make.py" "$1/data" --g2p "$g2p" --shards "${SHARDS:-0-6}" --per-shard "${PER_SHARD:-500}" --seed 1
python "$here/train.py" "$1/data" "$1/run" --minutes "$2"
python "$here/export.py" "$1/run/final.pt" "$1/rehearsal-tts-en"
python "$here/evaluate.py" "$1/rehearsal-tts-en" --g2p "$g2p" --data "$1/data" --stt "$here/../../weights/rehearsal-stt-en"
