"""What the scripts bench/embed*.sh share: commands that print JSON, timed, and the medians of what came out.

Wall seconds stand beside CPU seconds, because the former say little on a busy machine.
"""
import json
import os
import resource
import statistics
import subprocess

ONTOGRAFT = ["build/cli/ontograft", "embed", "-q", "--threads", "2", "--json"]


# glibc gives large blocks back to the system and takes them anew, page by page: PyTorch's buffers cost it half its time
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 32), "MALLOC_TRIM_THRESHOLD_": str(1 << 36), "MALLOC_TOP_PAD_": str(64 << 20)}


def environment():
    """Two threads, the OpenBLAS kernels that suit the processor, and memory that is kept."""
    flags = open("/proc/cpuinfo").read()
    kernels = os.environ.get("OPENBLAS_CORETYPE") or ("SkylakeX" if "avx512f" in flags else "Haswell")
    return dict(os.environ, OPENBLAS_CORETYPE=kernels, OPENBLAS_NUM_THREADS="2", OMP_NUM_THREADS="2", **KEEP_MEMORY)


def run(command):
    """What a command prints, with the CPU seconds of its whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = json.loads(subprocess.run(command, env=environment(), check=True, stdout=subprocess.PIPE).stdout)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    out["process_cpu"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return out


def compare(peer, rows, unit="s", decimals=1, more_is_better=False):
    """Print medians of rows of (peer's wall, ours, peer's CPU, ours) and of the ratios, better over worse."""
    walls, cpus = [(a, b) for a, b, _, _ in rows], [(c, d) for _, _, c, d in rows]

    def ratio(pairs):
        return statistics.median(b / a if more_is_better else a / b for a, b in pairs)

    for name, side in ((peer, 0), ("ontograft", 1)):
        wall, cpu = (statistics.median(pair[side] for pair in pairs) for pairs in (walls, cpus))
        print(f"{name:28} {wall:10.{decimals}f} {unit} wall {cpu:10.{decimals}f} {unit} CPU")
    print(f"{'ratio':28} {ratio(walls):10.1f} {' ' * len(unit)}      {ratio(cpus):10.1f}")
