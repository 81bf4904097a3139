#!/bin/sh
# The encoder's speed for fine-tuning and prediction, beside PyTorch where python3-torch is installed: the same batches,
# threads and BLAS kernels, taking turns. Prints a table of tokens a second, and all figures as lines of JSON to OUT.
#
#   bench/encoder.sh [SIZES [OUT]]     SIZES default 'tiny mini base'; OUT default build-bench/encoder.jsonl
set -eu
cd "$(dirname "$0")/.."
sizes=${1:-tiny mini base}
build='build-bench'
out=${2:-$build/encoder.jsonl}
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

measure() { # SIZE MODE BATCH LENGTHS
  [ "$torch" = no ] || batches=$work/out/batches_$4_$3.bin
  # shellcheck disable=SC2086 # no file is no argument
  "$build/bench/encoder_bench" "$1" "$2" "$3" "$4" $batches >>"$out"
  [ "$torch" = no ] ||
    PYTHONDONTWRITEBYTECODE=1 OPENBLAS_CORETYPE="$kernels" OPENBLAS_NUM_THREADS="$threads" \
      OMP_NUM_THREADS="$threads" "$python" "$peers/bert_torch_bench.py" --size "$1" --mode "$2" \
      --batch "$3" --lens "$4" --threads "$threads" --reps 3 >>"$out"
}

for size in $sizes; do
  for lengths in real full; do
    for batch in 16 32; do
      measure "$size" train "$batch" "$lengths"
    done
    for batch in 1 32; do
      measure "$size" infer "$batch" "$lengths"
    done
  done
done

python3 - "$out" <<'PY'
import json, sys

rows = {}
for line in open(sys.argv[1]):
    r = json.loads(line)
    ours = r.get("system") == "ontograft"
    key = r["size"], r["mode"], r["batch"], r["lengths"] if ours else r["lens"]
    rows.setdefault(key, {})["ours" if ours else "peer"] = r
print("size  mode   batch lengths   tokens/s  of sgemm    PyTorch   ratio")
for key, row in rows.items():
    ours, peer = row["ours"], row.get("peer")
    line = "%-5s %-6s %5d %-7s %10.0f %8.0f%%" % (
        *key, ours["tokens_per_second"], 100 * ours["gflops"] / ours["sgemm_gflops"])
    if peer:
        line += " %10.0f %7.2f" % (peer["tps_med"], ours["tokens_per_second"] / peer["tps_med"])
    print(line)
PY
