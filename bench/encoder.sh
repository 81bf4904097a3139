#!/bin/sh
# The encoder's speed for fine-tuning and prediction, beside PyTorch where python3-torch is installed: the same batches,
# threads and BLAS kernels, taking turns. Prints a table of tokens a second, and all figures as lines of JSON to OUT.
#
#   bench/encoder.sh [SIZES [OUT [MODES]]]     default: 'tiny mini base', build-bench/encoder.jsonl and 'train infer ways'
#
# "ways" are the cheaper trainings: adapters (lora), a frozen base computed at every step (frozen, as the peer does it) or
# once (kept), four batches a step (accumulate), layers computed again (recompute); "of train" is their time over that
# of a full step, measured in turn with them.
#
# ENCODER_BENCH_SECONDS, _THREADS and _CLOCK as for encoder_bench; with threads that wait for one another a busy machine
# measures itself: there, take one thread and _CLOCK=cpu.
set -eu
cd "$(dirname "$0")/.."
sizes=${1:-tiny mini base}
build='build-bench'
out=${2:-$build/encoder.jsonl}
modes=${3:-train infer ways}
peers=${ENCODER_PEERS:-../shared/peers}
python=/usr/bin/python3
threads=${ENCODER_BENCH_THREADS:-$(nproc)}
export ENCODER_BENCH_THREADS="$threads"

[ -d "$build" ] || meson setup "$build" -Dbenchmarks=true >/dev/null
ninja -C "$build" bench/encoder_bench >/dev/null
: >"$out"

torch=no
if [ -f "$peers/bert_torch_bench.py" ] && "$python" -c 'import torch' 2>/dev/null; then
  torch=yes
else
  echo 'bench/encoder.sh: no PyTorch beside it (install python3-torch)' >&2
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
batches= # a file of the peer's batches, so that both compute the same
if [ "$torch" = yes ]; then
  peers=$(cd "$peers" && pwd)
  (cd "$work" && PYTHONPATH="$peers" PYTHONDONTWRITEBYTECODE=1 "$python" "$peers/dump_batches.py")
fi

# OpenBLAS for the peer: the kernels that ontograft chose.
kernels=$(ENCODER_BENCH_SECONDS=0 "$build/bench/encoder_bench" tiny infer 1 real | sed 's/.*"kernels":"\([^"]*\)".*/\1/')

# The peer's program on our clock.
on_our_clock='
import os, runpy, sys, time
if os.environ.get("ENCODER_BENCH_CLOCK") == "cpu":
    time.perf_counter = time.process_time
del sys.argv[0]
runpy.run_path(sys.argv[0], run_name="__main__")
'

ours() { # SIZE MODE BATCH LENGTHS
  [ "$torch" = no ] || batches=$work/out/batches_$4_$3.bin
  # shellcheck disable=SC2086 # no file is no argument
  "$build/bench/encoder_bench" "$1" "$2" "$3" "$4" $batches >>"$out"
}

measure() { # the same, beside the peer
  ours "$@"
  [ "$torch" = no ] ||
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$peers" OPENBLAS_CORETYPE="$kernels" \
      OPENBLAS_NUM_THREADS="$threads" OMP_NUM_THREADS="$threads" \
      "$python" -c "$on_our_clock" "$peers/bert_torch_bench.py" --size "$1" --mode "$2" \
      --batch "$3" --lens "$4" --threads "$threads" --reps 3 >>"$out"
}

measure_train() { # SIZE
  for lengths in real full; do
    for batch in 16 32; do
      measure "$1" train "$batch" "$lengths"
    done
  done
}

measure_infer() {
  for lengths in real full; do
    for batch in 1 32; do
      measure "$1" infer "$batch" "$lengths"
    done
  done
}

measure_ways() {
  for mode in lora frozen; do
    ours "$1" train 16 real
    measure "$1" "$mode" 16 real
  done
  for mode in kept accumulate recompute; do
    ours "$1" train 16 real
    ours "$1" "$mode" 16 real
  done
}

for size in $sizes; do
  for mode in $modes; do
    "measure_$mode" "$size"
  done
done

python3 - "$out" <<'PY'
import json, statistics, sys

rows = {}
for line in open(sys.argv[1]):
    r = json.loads(line)
    ours = r.get("system") == "ontograft"
    key = r["size"], r["mode"], r["batch"], r["lengths"] if ours else r["lens"]
    rows.setdefault(key, {}).setdefault("ours" if ours else "peer", []).append(r)
median = lambda runs, name: statistics.median(r[name] for r in runs)
print("size  mode       batch lengths   tokens/s  of sgemm  of train     MB    PyTorch   ratio     MB")
for key, row in rows.items():
    ours, peer = row["ours"], row.get("peer")
    speed, full = median(ours, "tokens_per_second"), rows.get((key[0], "train", *key[2:]), {}).get("ours")
    line = "%-5s %-10s %5d %-7s %10.0f %8.0f%%" % (
        *key, speed, 100 * statistics.median(r["gflops"] / r["sgemm_gflops"] for r in ours))
    line += " %9.2f" % (median(full, "tokens_per_second") / speed) if full else 10 * " "
    line += " %6.0f" % median(ours, "megabytes")
    if peer:
        line += " %10.0f %7.2f %6.0f" % (median(peer, "tps_med"), speed / median(peer, "tps_med"), median(peer, "rss_mb"))
    print(line)
PY
