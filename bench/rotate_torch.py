"""RotatE with self-adversarial negatives in PyTorch: the peer of bench/embed_negatives.sh.

The loss of `ontograft embed --model rotate-l1 --objective negatives`: both sides of each edge are pairs, and a batch has
pairs of one side, in turn. --formulation says how it is written:

- authors: with the operations of the authors' code (Sun et al. 2019). Negatives are each pair's own, vectors are gathered
  with index_select, real and imaginary parts are stacked for a norm, gradients are dense, Adam's steps move whole
  tables. What that code does besides is left out: avoiding known answers among negatives, and weighing triples.
- lean: distances are roots of sums of squares; gradients of the tables are sparse, and AdaGrad leaves rows as they
  are that a batch does not touch.
- shared: the same, but 32 pairs share their negatives, as ontograft's do, and their distances are one broadcast.

    rotate_torch.py FOLDER [--formulation F] [--batches N]    N batches of an epoch, and the epoch's time estimated from them
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

COMPLEX, BATCH, NEGATIVES, MARGIN = 128, 1024, 256, 9.0


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
    """Make the steps 0 to batches - 1, and print what the `total` of an epoch would take.

    A step before them, which finds no memory to use again, does not count.
    """
    step(0)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    start, used = time.perf_counter(), usage.ru_utime + usage.ru_stime
    for batch in range(batches):
        step(batch)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    scale = total / batches
    print(json.dumps({"seconds": (time.perf_counter() - start) * scale,
                      "cpu": (usage.ru_utime + usage.ru_stime - used) * scale, "batches": batches}))


def turned(e, angles):
    """The real and the imaginary parts of e exp(i angles); the last axis of e being real parts, then imaginary ones."""
    real, imaginary = e.chunk(2, -1)
    sine, cosine = torch.sin(angles), torch.cos(angles)
    return real * cosine - imaginary * sine, real * sine + imaginary * cosine


def stacked_distances(query, others):
    """Σ|q - t| over complex numbers as Sun et al. and OpenKE write it. query: real parts, imaginary parts."""
    real, imaginary = others.chunk(2, -1)
    return torch.stack([query[0] - real, query[1] - imaginary]).norm(dim=0).sum(-1)


def distances(queries, others):
    """The same with one difference, and no norm; the last axis of both being real parts, then imaginary ones."""
    gap = queries - others
    return torch.sqrt(gap[..., :COMPLEX] ** 2 + gap[..., COMPLEX:] ** 2 + 1e-20).sum(-1)


def self_adversarial(right, wrong, temperature=1):
    """The loss of scores (Sun et al. 2019, eq. 5 and 6); the last axis of wrong being the negatives of one answer."""
    weights = torch.softmax(temperature * wrong.detach(), -1)
    return -(logsigmoid(right).mean() + (weights * logsigmoid(-wrong)).sum(-1).mean()) / 2


# Both losses: pairs (B, 4) entity, relation, answer, 1 or -1 for the way the relation is read; negatives (B / share, n).


def authors_loss(entities, angles, pairs, negatives):
    def gather(table, rows):
        return torch.index_select(table, 0, rows.flatten()).view(*rows.shape, -1)

    query = turned(gather(entities, pairs[:, :1]), gather(angles, pairs[:, 1:2]) * pairs[:, 3:, None])
    right = MARGIN - stacked_distances(query, gather(entities, pairs[:, 2:3]))
    return self_adversarial(right, MARGIN - stacked_distances(query, gather(entities, negatives)))


def lean_loss(entities, angles, pairs, negatives):
    e, answers, others = (embedding(rows, entities, sparse=True) for rows in (pairs[:, 0], pairs[:, 2], negatives))
    q = torch.cat(turned(e, embedding(pairs[:, 1], angles, sparse=True) * pairs[:, 3:]), 1)
    sharing = q.view(len(negatives), -1, 1, 2 * COMPLEX)
    return self_adversarial(MARGIN - distances(q, answers), MARGIN - distances(sharing, others.unsqueeze(1)))


# loss, how many pairs share negatives, optimiser
FORMULATIONS = {
    "authors": (authors_loss, 1, lambda tables: torch.optim.Adam(tables, lr=5e-5)),
    "lean": (lean_loss, 1, lambda tables: torch.optim.Adagrad(tables, lr=0.1)),
    "shared": (lean_loss, 32, lambda tables: torch.optim.Adagrad(tables, lr=0.1)),
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--formulation", choices=FORMULATIONS, default="shared")
    parser.add_argument("--batches", type=int, default=10)
    options = parser.parse_args()
    loss_of, share, make_optimiser = FORMULATIONS[options.formulation]
    torch.manual_seed(1)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    triples, N, R = read(options.folder)
    ahead = np.ones(len(triples), dtype=np.int64)
    sides = [torch.from_numpy(np.stack(columns, 1))[torch.randperm(len(triples))] for columns in (
        (triples[:, 0], triples[:, 1], triples[:, 2], ahead), (triples[:, 2], triples[:, 1], triples[:, 0], -ahead))]
    reach = (MARGIN + 2) / COMPLEX
    entities = torch.empty(N, 2 * COMPLEX).uniform_(-reach, reach).requires_grad_()
    angles = torch.empty(R, COMPLEX).uniform_(-math.pi, math.pi).requires_grad_()
    optimiser = make_optimiser([entities, angles])
    total = 2 * (len(triples) // BATCH)

    def step(batch):
        start = batch // 2 * BATCH
        chosen = sides[batch % 2][start:start + BATCH]
        negatives = torch.randint(N, (BATCH // share, NEGATIVES))
        optimiser.zero_grad()
        loss_of(entities, angles, chosen, negatives).backward()
        optimiser.step()

    time_steps(step, min(options.batches, total), total)


if __name__ == "__main__":
    main()
