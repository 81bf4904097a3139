#!/bin/sh
# An epoch of ComplEx, 1-vs-all with N3, rank 100 (200 floats), beside the same in PyTorch (python3-torch), taking turns:
# the same objective over grouped queries, the same batches, two threads each, the same OpenBLAS kernels.
#
#   bench/embed.sh FOLDER [RUNS] [BATCHES]
#
# FOLDER holds train.txt, valid.txt and test.txt (or .txt.gz), head⇥relation⇥tail a line. Default 3 runs. With BATCHES
# the peer makes only so many of an epoch's batches, and its epoch is estimated from them. Needs a release build in build/.
# Then the ranks of valid and test, both sides; ours with the little training that cannot be left out, and valid ranked twice.
set -eu
default_batches=0
# shellcheck source=bench/peer.sh
. "$(dirname "$0")/peer.sh"

exec python3 - "$python" "$folder" "$runs" "$batches" <<'PY'
import sys

from peer import ONTOGRAFT, compare, run

python, folder, runs, batches = sys.argv[1:]
ours = ONTOGRAFT + ["--triples", folder, "--model", "complex", "--vectors-alone"]
epoch = ours + ["--objective", "1-vs-all", "--dim", "200", "--batch", "1000", "--n3", "0.05", "--lr", "0.1", "--epochs", "1"]
rows = []
for _ in range(int(runs)):
    peer, own = run([python, "bench/complex_torch.py", folder, "--batches", batches]), run(epoch)
    # all that our process does is counted, reading and ranking valid and test included
    rows.append((peer["seconds"], own["seconds"], peer["cpu"], own["process_cpu"]))
print(f"an epoch, medians of {runs}" + (f"; peer from {batches} batches" if batches != "0" else ""))
compare("PyTorch", rows)

quick = ours + ["--objective", "negatives", "--negatives", "1", "--batch", "10000", "--dim", "200", "--epochs", "1"]
rows = []
for _ in range(int(runs)):
    peer, own = run([python, "bench/complex_torch.py", folder, "--rank"]), run(quick)
    asked = 2 * own["valid_ranking"]["queries"] + own["test_ranking"]["queries"]
    rows.append((peer["questions"] / peer["seconds"], asked / own["evaluation_seconds"],
                 peer["questions"] / peer["cpu"], asked / own["process_cpu"]))
print("ranking, questions a second")
compare("PyTorch", rows, "/s", 0, more_is_better=True)
PY
