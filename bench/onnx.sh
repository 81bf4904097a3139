#!/bin/sh
# Prediction beside ONNX Runtime, in single precision and in 8 bits, on the same batches and threads, taking turns. Prints
# the medians in tokens a second and the ratios; lines of JSON go to OUT.
#
#   bench/onnx.sh [SIZES [BATCHES [RUNS]]]     default 'tiny mini base' '1 32' 3
#
# The peer: npm install --ignore-scripts onnxruntime-node in a folder of its own, and NODE_PATH its node_modules. Batches
# are those of ENCODER_PEERS (../shared/peers). ENCODER_BENCH_THREADS, _SECONDS and _CLOCK as for encoder_bench.
set -eu
cd "$(dirname "$0")/.."
sizes=${1:-tiny mini base} batches=${2:-1 32} runs=${3:-3}
build='build-bench'
peers=$(cd "${ENCODER_PEERS:-../shared/peers}" && pwd)
out=$build/onnx.jsonl
export ENCODER_BENCH_THREADS="${ENCODER_BENCH_THREADS:-$(nproc)}"

node -e 'require("onnxruntime-node")' || {
  echo 'bench/onnx.sh: no onnxruntime-node; see the head of this file' >&2
  exit 1
}
[ -d "$build" ] || meson setup "$build" -Dbenchmarks=true >/dev/null
ninja -C "$build" bench/encoder_bench >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$work" && PYTHONPATH="$peers" PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$peers/dump_batches.py")
: >"$out"

note() { # SIZE BATCH DTYPE, and a line of JSON on standard input
  sed "s/^{/{\"size\":\"$1\",\"batch\":$2,\"dtype\":\"$3\",/" >>"$out"
}

for size in $sizes; do
  for dtype in f32 int8; do
    /usr/bin/python3 bench/onnx_encoder.py "$size" "$dtype" "$work/$dtype.onnx"
  done
  for batch in $batches; do
    texts=$work/out/batches_real_$batch.bin
    for _ in $(seq "$runs"); do
      for dtype in f32 int8; do
        mode=$([ "$dtype" = f32 ] && echo infer || echo int8)
        "$build/bench/encoder_bench" "$size" "$mode" "$batch" real "$texts" | note "$size" "$batch" "$dtype"
        node bench/onnx_peer.js "$work/$dtype.onnx" "$texts" | note "$size" "$batch" "$dtype"
      done
    done
  done
done

python3 - "$out" <<'PY'
import json, statistics, sys

rows = {}
for line in open(sys.argv[1]):
    r = json.loads(line)
    rows.setdefault((r["size"], r["batch"], r["dtype"]), {}).setdefault(r["system"], []).append(r["tokens_per_second"])
print("size  batch dtype   tokens/s   ONNX Runtime  ratio")
for (size, batch, dtype), row in rows.items():
    ours, peer = (statistics.median(row[s]) for s in ("ontograft", "onnxruntime"))
    print("%-5s %5d %-5s %10.0f %14.0f %6.2f" % (size, batch, dtype, ours, peer, ours / peer))
PY
