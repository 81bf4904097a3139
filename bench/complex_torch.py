"""ComplEx with N3 in PyTorch, 1-vs-all over grouped queries: the peer of bench/embed.sh.

The same objective, batches and optimiser as `ontograft embed --model complex --objective 1-vs-all`: reciprocal
relations, each distinct (head, relation) scored once for all of its answers, AdaGrad on all entities. The backward
pass is written out and every large buffer is made once, so that it measures PyTorch's products and loops and not its
autograd.

    complex_torch.py FOLDER [--batches N]    one epoch, or N batches of it and the epoch's time estimated from them
    complex_torch.py FOLDER --rank           the filtered ranks of valid and test, both sides
"""
import argparse
import gzip
import json
import os
import resource
import time

import numpy as np
import torch

RANK, BATCH, N3, RATE, INIT = 100, 1000, 0.05, 0.1, 1e-3
RANKED = 500  # questions ranked together


def read(folder):
    """The triples of each part, the number of entities and that of relations."""
    entities, relations, parts = {}, {}, {}
    for part in ("train", "valid", "test"):
        path = f"{folder}/{part}.txt"
        opened = gzip.open(path + ".gz", "rt") if os.path.exists(path + ".gz") else open(path)
        with opened as lines:
            rows = [line.rstrip("\n").split("\t") for line in lines]
        parts[part] = np.array(
            [(entities.setdefault(h, len(entities)), relations.setdefault(r, len(relations)),
              entities.setdefault(t, len(entities))) for h, r, t in rows])
    return parts, len(entities), len(relations)


def both_ways(triples, count):
    """The queries of triples: reading a relation r backwards is relation count + r."""
    return np.concatenate([triples, np.stack([triples[:, 2], triples[:, 1] + count, triples[:, 0]], 1)])


def group(triples, count):
    """Distinct queries: their heads, their relations, where the answers of each start, all answers."""
    keys = triples[:, 0] * 2 * count + triples[:, 1]
    order = np.argsort(keys, kind="stable")
    distinct, start = np.unique(keys[order], return_index=True)
    return distinct // (2 * count), distinct % (2 * count), np.append(start, len(keys)), triples[order, 2]


def n3(x):
    """The gradient of Σ|x|³ over complex numbers."""
    modulus = torch.sqrt(x[:, :RANK] ** 2 + x[:, RANK:] ** 2)
    return 3 * torch.cat([modulus, modulus], 1) * x


def adagrad(values, state, gradient):
    state.addcmul_(gradient, gradient)
    values.addcdiv_(gradient, state.sqrt().add_(1e-10), value=-RATE)


class Model:
    def __init__(self, entities, relations):
        self.E = torch.randn(entities, 2 * RANK) * INIT
        self.R = torch.randn(2 * relations, 2 * RANK) * INIT
        self.state_E, self.state_R = torch.zeros_like(self.E), torch.zeros_like(self.R)
        self.dE, self.dR = torch.zeros_like(self.E), torch.zeros_like(self.R)
        self.S = torch.empty(BATCH, entities)

    def step(self, heads, relations, counts, answers):
        """Loss of the queries (heads, relations), counts[k] of the answers being those of query k."""
        total = float(len(answers))
        rows = torch.repeat_interleave(torch.arange(len(heads)), counts)
        weights = counts.float()[:, None]
        e, r, a = self.E[heads], self.R[relations], self.E[answers]
        er, ei, rr, ri = e[:, :RANK], e[:, RANK:], r[:, :RANK], r[:, RANK:]
        q = torch.cat([er * rr - ei * ri, er * ri + ei * rr], 1)
        S = self.S[:len(heads)]
        torch.mm(q, self.E.t(), out=S)
        targets = S[rows, answers]
        highest = S.amax(1, keepdim=True)
        sums = S.sub_(highest).exp_().sum(1, keepdim=True)
        loss = float((weights * (highest + sums.log())).sum() - targets.sum()) / total
        S.mul_(weights / (sums * total))
        S.index_put_((rows, answers), torch.full((len(answers),), -1 / total), accumulate=True)
        dq = S @ self.E
        torch.mm(S.t(), q, out=self.dE)
        x, y, k = dq[:, :RANK], dq[:, RANK:], N3 / total
        self.dE.index_add_(0, heads, torch.cat([x * rr + y * ri, y * rr - x * ri], 1) + k * weights * n3(e))
        self.dE.index_add_(0, answers, k * n3(a))
        self.dR.zero_().index_add_(
            0, relations, torch.cat([x * er + y * ei, y * er - x * ei], 1) + k * weights * n3(r))
        adagrad(self.E, self.state_E, self.dE)
        adagrad(self.R, self.state_R, self.dR)
        return loss


def rank(model, parts, relations):
    """Mean reciprocal rank of valid and test among all entities that are not known to be right, and the questions."""
    everything = both_ways(np.concatenate(list(parts.values())), relations)
    heads, kinds, start, answers = group(everything, relations)
    keys, total, questions = heads * 2 * relations + kinds, 0.0, 0
    for part in ("valid", "test"):
        asked = both_ways(parts[part], relations)
        for x in np.split(asked, np.arange(RANKED, len(asked), RANKED)):
            e, r = model.E[x[:, 0]], model.R[x[:, 1]]
            er, ei, rr, ri = e[:, :RANK], e[:, RANK:], r[:, :RANK], r[:, RANK:]
            S = torch.cat([er * rr - ei * ri, er * ri + ei * rr], 1) @ model.E.t()
            right = S[torch.arange(len(x)), torch.from_numpy(x[:, 2])].clone()[:, None]
            found = np.searchsorted(keys, x[:, 0] * 2 * relations + x[:, 1])
            rows = np.repeat(np.arange(len(x)), start[found + 1] - start[found])
            known = np.concatenate([answers[start[k]:start[k + 1]] for k in found])
            S[torch.from_numpy(rows), torch.from_numpy(known)] = -1e30
            ranks = 1 + (S > right).sum(1) + (S == right).sum(1) / 2
            total += float((1 / ranks).sum())
            questions += len(x)
    return total / questions, questions


def batches(queries):
    """Shuffled queries, cut where their answers reach BATCH."""
    _, _, start, _ = queries
    order = np.random.permutation(len(start) - 1)
    filled = np.cumsum((start[1:] - start[:-1])[order])
    cuts = np.unique(np.searchsorted(filled, np.arange(BATCH, filled[-1], BATCH)) + 1)
    return np.split(order, cuts[cuts < len(order)])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--batches", type=int, default=0)
    parser.add_argument("--rank", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    np.random.seed(0)
    torch.set_grad_enabled(False)
    parts, entities, relations = read(options.folder)
    queries = group(both_ways(parts["train"], relations), relations)
    heads, kinds, start, answers = queries
    model = Model(entities, relations)
    if options.rank:
        clock, cpu = time.perf_counter(), time.process_time()
        mrr, questions = rank(model, parts, relations)
        print(json.dumps({"seconds": time.perf_counter() - clock, "cpu": time.process_time() - cpu, "mrr": mrr,
                          "questions": questions}))
        return
    all_batches = batches(queries)
    done = all_batches[:options.batches or None]
    clock, cpu = time.perf_counter(), time.process_time()
    losses = []
    for batch in done:
        counts = start[batch + 1] - start[batch]
        wanted = np.concatenate([answers[start[k]:start[k + 1]] for k in batch])
        losses.append(model.step(*map(torch.from_numpy, (heads[batch], kinds[batch], counts, wanted))))
    factor = len(all_batches) / len(done)
    print(json.dumps({
        "seconds": (time.perf_counter() - clock) * factor, "cpu": (time.process_time() - cpu) * factor,
        "batches": len(done), "of": len(all_batches), "loss": float(np.mean(losses)),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


main()
