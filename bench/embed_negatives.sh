#!/bin/sh
# An epoch with sampled negatives beside the same in PyTorch (python3-torch), taking turns:
#
# - RotatE, self-adversarial, 128 complex numbers, 256 negatives: with the operations of the authors' code (Sun et al.
#   2019), with leaner ones, and with negatives that 32 pairs share, as ours do;
# - the steps of OpenKE: TransE of 200 floats with 25 negatives, RotatE of 128 complex numbers with 64.
#
#   bench/embed_negatives.sh FOLDER [RUNS] [BATCHES]
#
# FOLDER holds train.txt (or .txt.gz), head⇥relation⇥tail a line. Default 3 runs; the peers make BATCHES (default 10) of an epoch's
# batches, and their epoch is estimated from them. Needs a release build in build/. Our CPU seconds include reading.
set -eu
default_batches=10
# shellcheck source=bench/peer.sh
. "$(dirname "$0")/peer.sh"
train=$(mktemp -d)
trap 'rm -rf "$train"' EXIT
ln -s "$folder"/train.txt* "$train" # without valid and test there is nothing to rank

python3 - "$python" "$train" "$runs" "$batches" <<'PY'
import sys

from peer import ONTOGRAFT, compare, run

python, folder, runs, batches = sys.argv[1:]


def ours(model, dim, batch, negatives):
    return ONTOGRAFT + ["--triples", folder, "--objective", "negatives", "--epochs", "1", "--model", model, "--dim", str(dim),
                        "--batch", str(batch), "--negatives", str(negatives)]


# OpenKE makes 100 batches of an epoch with TransE; 2,000 triples are its batch with RotatE
turns = [
    ("RotatE, authors' operations", ["rotate_torch.py", "--formulation", "authors"], ours("rotate-l1", 256, 1024, 256)),
    ("RotatE, leaner operations", ["rotate_torch.py", "--formulation", "lean"], ours("rotate-l1", 256, 1024, 256)),
    ("RotatE, shared negatives", ["rotate_torch.py", "--formulation", "shared"], ours("rotate-l1", 256, 1024, 256)),
    ("OpenKE's step, TransE", ["openke_torch.py", "--model", "transe"], ours("transe-l1", 200, 2721, 25) + ["--bernoulli"]),
    ("OpenKE's step, RotatE", ["openke_torch.py", "--model", "rotate"], ours("rotate-l1", 256, 2000, 64)),
]
rows = [[] for _ in turns]
for _ in range(int(runs)):
    for row, (_, (script, *options), own) in zip(rows, turns):
        theirs = run([python, "bench/" + script, folder, "--batches", batches, *options])
        made = run(own)
        row.append((theirs["seconds"], made["seconds"], theirs["cpu"], made["process_cpu"]))
print(f"an epoch, medians of {runs}; the peers from {batches} batches")
for row, (name, _, _) in zip(rows, turns):
    compare(name, row)
PY
