"""The training step of OpenKE (Han et al. 2018), TransE and RotatE, in PyTorch: a peer of bench/embed_negatives.sh.

OpenKE samples negatives in a C++ library of its own and trains in PyTorch; here NumPy draws them. A batch is triples, each
followed by negatives of its own whose head or tail is replaced; vectors of all are gathered, the loss is one over all scores,
and gradients and optimiser are dense, as nn.Embedding's are by default. The settings are those of its examples for FB15k-237:

- transe: 200 floats, L1 norm of normalised vectors, 25 negatives, heads or tails replaced by Bernoulli's rule (Wang et al. 2014),
  100 batches an epoch, margin loss with margin 5, SGD with rate 1;
- rotate: 128 complex numbers, 64 negatives, 2,000 triples a batch, self-adversarial loss with margin 6 and
  temperature 2, Adam with rate 2e-5.

    openke_torch.py FOLDER --model MODEL [--batches N]    N batches of an epoch, and the epoch's time estimated from them
"""
import argparse
import math
import os

import numpy as np
import torch
from torch.nn.functional import embedding, normalize, relu

from rotate_torch import read, self_adversarial, stacked_distances, time_steps, turned

TRANSE = dict(width=200, relation_width=200, negatives=25, margin=5.0)
ROTATE = dict(width=256, relation_width=128, negatives=64, margin=6.0)
TEMPERATURE = 2


def bernoulli(triples, R):
    """The share of each relation's negatives that replace the head: tails a head / (tails a head + heads a tail)."""
    tails, heads = np.empty(R), np.empty(R)
    for r in range(R):
        own = triples[triples[:, 1] == r]
        tails[r], heads[r] = len(own) / len(set(own[:, 0])), len(own) / len(set(own[:, 2]))
    return tails / (tails + heads)


def corrupt(triples, negatives, head_share, N, random):
    """(B, 1 + n, 3): each triple, then its negatives."""
    batch = np.repeat(triples[:, None], 1 + negatives, 1)
    of_head = random.random((len(triples), negatives)) < head_share[triples[:, 1]][:, None]
    others = random.integers(N, size=(len(triples), negatives))
    batch[:, 1:, 0] = np.where(of_head, others, batch[:, 1:, 0])
    batch[:, 1:, 2] = np.where(of_head, batch[:, 1:, 2], others)
    return torch.from_numpy(batch)


def transe_loss(entities, relations, batch, margin):
    h, r, t = (normalize(embedding(batch[..., k], table), dim=-1) for k, table in enumerate((entities, relations, entities)))
    distances = (h + r - t).abs().sum(-1)
    return relu(margin + distances[:, :1] - distances[:, 1:]).mean()


def rotate_loss(entities, relations, batch, margin):
    query = turned(embedding(batch[..., 0], entities), embedding(batch[..., 1], relations))
    scores = margin - stacked_distances(query, embedding(batch[..., 2], entities))
    return self_adversarial(scores[:, 0], scores[:, 1:], TEMPERATURE)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--model", choices=["transe", "rotate"], required=True)
    parser.add_argument("--batches", type=int, default=10)
    options = parser.parse_args()
    transe = options.model == "transe"
    sizes = TRANSE if transe else ROTATE
    torch.manual_seed(1)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    random = np.random.default_rng(1)
    triples, N, R = read(options.folder)
    batch_size = len(triples) // 100 if transe else 2000
    head_share = bernoulli(triples, R) if transe else np.full(R, 0.5)
    entities = torch.empty(N, sizes["width"]).uniform_(-0.1, 0.1).requires_grad_()
    relations = torch.empty(R, sizes["relation_width"]).uniform_(-math.pi, math.pi).requires_grad_()
    parameters = [entities, relations]
    optimiser = torch.optim.SGD(parameters, lr=1) if transe else torch.optim.Adam(parameters, lr=2e-5)
    loss_of = transe_loss if transe else rotate_loss
    total = len(triples) // batch_size

    def step(_):
        chosen = triples[random.integers(len(triples), size=batch_size)]
        batch = corrupt(chosen, sizes["negatives"], head_share, N, random)
        optimiser.zero_grad()
        loss_of(entities, relations, batch, sizes["margin"]).backward()
        optimiser.step()

    time_steps(step, min(options.batches, total), total)


if __name__ == "__main__":
    main()
