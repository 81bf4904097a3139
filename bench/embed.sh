#!/bin/sh
# An epoch of ComplEx, 1-vs-all with N3, rank 100 (200 floats), beside the same in PyTorch (python3-torch), taking turns:
# the same objective over grouped queries, the same batches, two threads each, the same OpenBLAS kernels.
#
#   bench/embed.sh FOLDER [RUNS] [BATCHES]
#
# FOLDER holds train.txt, valid.txt and test.txt (or .txt.gz), head⇥relation⇥tail a line. Default 3 runs. With BATCHES
# the peer makes only so many of an epoch's batches, and its epoch is estimated from them. Needs a release build in build/.
# Then the ranks of valid and test, both sides; ours with the little training that cannot be left out, and valid ranked twice.
# CPU seconds stand beside wall seconds, because those of a busy machine say little.
set -eu
[ $# -ge 1 ] || { echo 'usage: bench/embed.sh FOLDER [RUNS] [BATCHES]' >&2; exit 2; }
folder=$(realpath "$1") runs=${2:-3} batches=${3:-0}
cd "$(dirname "$0")/.."
python=${PYTHON:-/usr/bin/python3}
"$python" -c 'import torch' 2>/dev/null || { echo 'bench/embed.sh: install python3-torch' >&2; exit 1; }
[ -x build/cli/ontograft ] || { echo 'bench/embed.sh: build first: tests/run.sh --quick' >&2; exit 1; }

exec python3 - "$python" "$folder" "$runs" "$batches" <<'PY'
import json, os, resource, statistics, subprocess, sys

python, folder, runs, batches = sys.argv[1:]
flags = open("/proc/cpuinfo").read()
kernels = os.environ.get("OPENBLAS_CORETYPE") or ("SkylakeX" if "avx512f" in flags else "Haswell")
environment = dict(os.environ, OPENBLAS_CORETYPE=kernels, OPENBLAS_NUM_THREADS="2", OMP_NUM_THREADS="2")


def run(command, env=None):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = json.loads(subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE).stdout)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    out["process_cpu"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return out


ours = ["build/cli/ontograft", "embed", "-q", "--triples", folder, "--model", "complex", "--objective", "1-vs-all",
        "--dim", "200", "--batch", "1000", "--n3", "0.05", "--lr", "0.1", "--epochs", "1", "--threads", "2", "--json"]
theirs = [python, "bench/complex_torch.py", folder, "--batches", batches]
rows = []
for _ in range(int(runs)):
    peer, own = run(theirs, environment), run(ours)
    # all that our process does is counted, reading and ranking valid and test included
    rows.append((peer["seconds"], own["seconds"], peer["cpu"], own["process_cpu"]))
columns = list(zip(*rows))
peer_wall, own_wall, peer_cpu, own_cpu = map(statistics.median, columns)
print(f"an epoch, medians of {runs}; {kernels} kernels" + (f"; peer from {batches} batches" if batches != "0" else ""))
print(f"PyTorch    {peer_wall:8.1f} s wall {peer_cpu:8.1f} s CPU")
print(f"ontograft  {own_wall:8.1f} s wall {own_cpu:8.1f} s CPU (of the whole process)")
print(f"ratio      {statistics.median(a / b for a, b, _, _ in rows):8.2f}        {statistics.median(c / d for *_, c, d in rows):8.2f}")

quick = ["build/cli/ontograft", "embed", "-q", "--triples", folder, "--model", "complex", "--objective", "negatives",
         "--negatives", "1", "--batch", "10000", "--dim", "200", "--epochs", "1", "--threads", "2", "--json"]
rows = []
for _ in range(int(runs)):
    peer, own = run([python, "bench/complex_torch.py", folder, "--rank"], environment), run(quick)
    asked = 2 * own["valid_ranking"]["queries"] + own["test_ranking"]["queries"]
    rows.append((peer["questions"] / peer["seconds"], asked / own["evaluation_seconds"],
                 peer["questions"] / peer["cpu"], asked / own["process_cpu"]))
peer_wall, own_wall, peer_cpu, own_cpu = map(statistics.median, zip(*rows))
print("ranking, questions a second")
print(f"PyTorch    {peer_wall:8.0f} wall {peer_cpu:8.0f} CPU")
print(f"ontograft  {own_wall:8.0f} wall {own_cpu:8.0f} CPU (of the whole process)")
print(f"ratio      {statistics.median(b / a for a, b, _, _ in rows):8.2f}      {statistics.median(d / c for *_, c, d in rows):8.2f}")
PY
