#!/bin/sh
# How long `ontograft predict` takes for one short text with a base-size model (12 layers, 768 wide, 30,522 words) whose files
# are in the page cache, for every way of storing weights: the least wall time, and the medians of processor time and memory.
#
#   bench/encoder_load.sh [RUNS [PROGRAM…]]     default 9, the program of build-bench; several take turns
#
# ENCODER_BENCH_THREADS as for encoder.sh. The model is made by pretrain, finetune and quantize, in two minutes: its weights are as good as random.
set -eu
cd "$(dirname "$0")/.."
runs=${1:-9}
threads=${ENCODER_BENCH_THREADS:-$(nproc)}
[ $# -eq 0 ] || shift
[ -d build-bench ] || meson setup build-bench -Dbenchmarks=true >/dev/null
ninja -C build-bench cli/ontograft >/dev/null
made=$PWD/build-bench/cli/ontograft
[ $# -gt 0 ] || set -- "$made"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

/usr/bin/python3 - "$work" <<'PY'
import random, sys

draw = random.Random(1)
words = ["".join(draw.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(draw.randint(2, 4))) for _ in range(500)]
specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
vocab = specials + sorted(set(words)) + ["w%d" % k for k in range(30522)]
open(sys.argv[1] + "/vocab.txt", "w").write("\n".join(vocab[:30522]) + "\n")
line = lambda: " ".join(draw.choice(words) for _ in range(12))
open(sys.argv[1] + "/text.txt", "w").write("\n".join(line() for _ in range(60)) + "\n")
rows = [line() + "," + draw.choice(["yes", "no"]) for _ in range(80)]
open(sys.argv[1] + "/train.csv", "w").write("text,label\n" + "\n".join(rows) + "\n")
open(sys.argv[1] + "/one.csv", "w").write("text\n" + line() + "\n")
PY
cd "$work"
"$made" pretrain -q --text text.txt --vocab . --layers 12 --hidden 768 --steps 1 --batch-tokens 256 --out base >/dev/null
"$made" finetune -q --fusion none --base base --train train.csv --freeze-base --epochs 1 --out f32 >/dev/null
for type in bf16 f16 int8; do
  "$made" quantize -q f32 --weights "$type" --out "$type" >/dev/null
done

echo 'weights  --batch  program                    wall s  user+system s      MB'
for type in f32 bf16 f16 int8; do
  for batch in 64 1; do
    for program in "$@"; do : >"$(basename "$program").times"; done
    for _ in $(seq "$runs"); do
      for program in "$@"; do
        /usr/bin/time -a -o "$(basename "$program").times" -f '%e %U %S %M' \
          "$program" predict -q "$type" --in one.csv --batch "$batch" --threads "$threads" >/dev/null
      done
    done
    for program in "$@"; do
      /usr/bin/python3 - "$type" "$batch" "$program" <<'PY'
import os, statistics, sys

rows = [[float(x) for x in line.split()] for line in open(os.path.basename(sys.argv[3]) + ".times")]
print("%-8s %7s  %-25s %7.2f %14.2f %7.0f" % (*sys.argv[1:3], sys.argv[3][-25:], min(r[0] for r in rows),
      statistics.median(r[1] + r[2] for r in rows), statistics.median(r[3] for r in rows) / 1024))
PY
    done
  done
done
