"""RotatE with self-adversarial negatives in PyTorch: the peer of bench/embed_negatives.sh.

The same loss, batches and optimiser as `ontograft embed --model rotate-l1 --objective negatives`: both sides of each
edge are pairs, AdaGrad, rows that a batch does not touch stay. With --share 1 every pair has negatives of its own, as in
the authors' code (Sun et al. 2019); with --share 32 so many pairs share theirs, as ontograft's do, and their
distances are one broadcast. The backward pass is autograd's; gradients of the tables are sparse.

    rotate_torch.py FOLDER [--share N] [--batches N]    N batches of an epoch, and the epoch's time estimated from them
"""
import argparse
import gzip
import json
import math
import os
import resource
import time

import numpy as np
import torch
from torch.nn.functional import embedding, logsigmoid

COMPLEX, BATCH, NEGATIVES, MARGIN, RATE = 128, 1024, 256, 9.0, 0.1


def read(folder):
    """The training triples, the number of entities and that of relations."""
    entities, relations = {}, {}
    path = f"{folder}/train.txt"
    opened = gzip.open(path + ".gz", "rt") if os.path.exists(path + ".gz") else open(path)
    with opened as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    triples = [(entities.setdefault(h, len(entities)), relations.setdefault(r, len(relations)),
                entities.setdefault(t, len(entities))) for h, r, t in rows]
    return np.array(triples), len(entities), len(relations)


def time_steps(step, batches, total):
    """Make the steps 0 to batches - 1, and print what the `total` of an epoch would take."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    start, used = time.perf_counter(), usage.ru_utime + usage.ru_stime
    for batch in range(batches):
        step(batch)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    scale = total / batches
    print(json.dumps({"seconds": (time.perf_counter() - start) * scale,
                      "cpu": (usage.ru_utime + usage.ru_stime - used) * scale, "batches": batches}))


def distances(queries, others):
    """Σ|q - t| over complex numbers, the last axis being real parts, then imaginary ones."""
    gap = queries - others
    return torch.sqrt(gap[..., :COMPLEX] ** 2 + gap[..., COMPLEX:] ** 2 + 1e-20).sum(-1)


def loss_of(entities, angles, pairs, negatives, share):
    """pairs (B, 4): entity, relation, answer, 1 or -1 for the way the relation is read."""
    e = embedding(pairs[:, 0], entities, sparse=True)
    turn = embedding(pairs[:, 1], angles, sparse=True) * pairs[:, 3:]
    sine, cosine = torch.sin(turn), torch.cos(turn)
    real, imaginary = e[:, :COMPLEX], e[:, COMPLEX:]
    q = torch.cat([real * cosine - imaginary * sine, real * sine + imaginary * cosine], 1)
    right = MARGIN - distances(q, embedding(pairs[:, 2], entities, sparse=True))
    wrong = MARGIN - distances(q.view(-1, share, 1, 2 * COMPLEX),
                               embedding(negatives, entities, sparse=True).unsqueeze(1))
    weights = torch.softmax(wrong.detach(), -1)
    return -(logsigmoid(right).mean() + (weights * logsigmoid(-wrong)).sum(-1).mean()) / 2


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--share", type=int, default=32)
    parser.add_argument("--batches", type=int, default=10)
    options = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    triples, N, R = read(options.folder)
    ahead = np.ones(len(triples), dtype=np.int64)
    pairs = torch.from_numpy(np.concatenate([
        np.stack([triples[:, 0], triples[:, 1], triples[:, 2], ahead], 1),
        np.stack([triples[:, 2], triples[:, 1], triples[:, 0], -ahead], 1)]))
    reach = (MARGIN + 2) / COMPLEX
    entities = torch.empty(N, 2 * COMPLEX).uniform_(-reach, reach).requires_grad_()
    angles = torch.empty(R, COMPLEX).uniform_(-math.pi, math.pi).requires_grad_()
    optimiser = torch.optim.Adagrad([entities, angles], lr=RATE)
    order = torch.randperm(len(pairs))
    total = len(pairs) // BATCH

    def step(batch):
        chosen = pairs[order[batch * BATCH:(batch + 1) * BATCH]]
        negatives = torch.randint(N, (BATCH // options.share, NEGATIVES))
        optimiser.zero_grad()
        loss_of(entities, angles, chosen, negatives, options.share).backward()
        optimiser.step()

    time_steps(step, min(options.batches, total), total)


if __name__ == "__main__":
    main()
