#!/bin/sh
# An epoch of RotatE with self-adversarial negatives, 128 complex numbers, 256 negatives, beside the same in PyTorch (python3-torch),
# taking turns: negatives shared by 32 pairs as ours, and of each pair's own as in the authors' code.
#
#   bench/embed_negatives.sh FOLDER [RUNS] [BATCHES]
#
# FOLDER holds train.txt (or .txt.gz), head⇥relation⇥tail a line. Default 3 runs; the peers make BATCHES (default 10) of an epoch's
# batches, and their epoch is estimated from them. Needs a release build in build/. Our CPU seconds include reading.
set -eu
[ $# -ge 1 ] || { echo 'usage: bench/embed_negatives.sh FOLDER [RUNS] [BATCHES]' >&2; exit 2; }
folder=$(realpath "$1") runs=${2:-3} batches=${3:-10}
cd "$(dirname "$0")/.."
python=${PYTHON:-/usr/bin/python3}
"$python" -c 'import torch' 2>/dev/null || { echo 'bench/embed_negatives.sh: install python3-torch' >&2; exit 1; }
[ -x build/cli/ontograft ] || { echo 'bench/embed_negatives.sh: build first: tests/run.sh --quick' >&2; exit 1; }
train=$(mktemp -d)
trap 'rm -rf "$train"' EXIT
ln -s "$folder"/train.txt* "$train" # without valid and test there is nothing to rank

python3 - "$python" "$train" "$runs" "$batches" <<'PY'
import json, os, resource, statistics, subprocess, sys

python, folder, runs, batches = sys.argv[1:]
environment = dict(os.environ, OMP_NUM_THREADS="2")


def run(command, env=None):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = json.loads(subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE).stdout)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    out["process_cpu"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return out


ours = ["build/cli/ontograft", "embed", "-q", "--triples", folder, "--model", "rotate-l1", "--objective", "negatives",
        "--dim", "256", "--batch", "1024", "--negatives", "256", "--epochs", "1", "--threads", "2", "--json"]
rows = {"shared": [], "own": []}
for _ in range(int(runs)):
    for name, share in (("shared", "32"), ("own", "1")):
        peer = run([python, "bench/rotate_torch.py", folder, "--share", share, "--batches", batches], environment)
        own = run(ours)
        rows[name].append((peer["seconds"], own["seconds"], peer["cpu"], own["process_cpu"]))
print(f"an epoch, medians of {runs}; the peer from {batches} batches")
for name, row in rows.items():
    peer_wall, own_wall, peer_cpu, own_cpu = map(statistics.median, zip(*row))
    print(f"PyTorch, {name:6} negatives {peer_wall:8.1f} s wall {peer_cpu:8.1f} s CPU")
    print(f"ontograft                 {own_wall:8.1f} s wall {own_cpu:8.1f} s CPU")
    print(f"ratio                     {statistics.median(a / b for a, b, _, _ in row):8.1f}"
          f"        {statistics.median(c / d for *_, c, d in row):8.1f}")
PY
