#!/usr/bin/python3
"""A masked-language step of BERT in plain PyTorch, as a peer of `encoder_bench SIZE mlm BATCH full`: forward, backward,
clipping, AdamW, dropout 0. Prints one line of JSON. The tensors and formulas are those of docs/math.md.

  bench/mlm_torch.py SIZE BATCH [--positions masked|all] [--vocab V] [--threads N] [--seconds S] [--clock cpu]

Sequences are 128 tokens long, so nothing is padded. With `masked` (the default) only the masked tokens reach the
vocabulary product, as in ontograft; with `all` every token does, as in the model class of transformers."""
import argparse
import json
import math
import statistics
import time

import torch
import torch.nn.functional as F

SIZES = {"tiny": (2, 128, 2), "mini": (6, 384, 12), "base": (12, 768, 12)}  # layers, hidden, heads
LENGTH, MASK_RATE, BATCHES = 128, 0.15, 4


class Layer(torch.nn.Module):
    def __init__(self, hidden, heads):
        super().__init__()
        self.heads = heads
        self.qkv = torch.nn.Linear(hidden, 3 * hidden)
        self.mix = torch.nn.Linear(hidden, hidden)
        self.norm1 = torch.nn.LayerNorm(hidden, eps=1e-12)
        self.up = torch.nn.Linear(hidden, 4 * hidden)
        self.down = torch.nn.Linear(4 * hidden, hidden)
        self.norm2 = torch.nn.LayerNorm(hidden, eps=1e-12)

    def forward(self, x):
        B, S, H = x.shape
        q, k, v = (part.view(B, S, self.heads, -1).transpose(1, 2) for part in self.qkv(x).chunk(3, -1))
        p = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(H // self.heads), -1)
        x = self.norm1(x + self.mix((p @ v).transpose(1, 2).reshape(B, S, H)))
        return self.norm2(x + self.down(F.gelu(self.up(x))))


class MaskedModel(torch.nn.Module):
    def __init__(self, layers, hidden, heads, vocab):
        super().__init__()
        self.words = torch.nn.Embedding(vocab, hidden)
        self.positions = torch.nn.Embedding(512, hidden)
        self.types = torch.nn.Embedding(2, hidden)
        self.norm = torch.nn.LayerNorm(hidden, eps=1e-12)
        self.layers = torch.nn.ModuleList(Layer(hidden, heads) for _ in range(layers))
        self.dense = torch.nn.Linear(hidden, hidden)
        self.head_norm = torch.nn.LayerNorm(hidden, eps=1e-12)
        self.bias = torch.nn.Parameter(torch.zeros(vocab))
        for parameter in self.parameters():
            if parameter.dim() == 2:
                torch.nn.init.normal_(parameter, std=0.02)

    def forward(self, ids, places):
        """Logits at `places` of the flattened tokens; None: at all."""
        x = self.words(ids) + self.positions.weight[: ids.shape[1]] + self.types.weight[0]
        x = self.norm(x)
        for layer in self.layers:
            x = layer(x)
        x = x.flatten(0, 1)
        x = x if places is None else x[places]
        return F.linear(self.head_norm(F.gelu(self.dense(x))), self.words.weight, self.bias)


def draw(batch, vocab, generator):
    ids = torch.randint(5, vocab, (batch, LENGTH), generator=generator)
    masked = torch.rand(batch * LENGTH, generator=generator) < MASK_RATE
    targets = ids.flatten().clone()
    shown = targets.clone()
    shown[masked] = 4  # [MASK]
    return shown.view(batch, LENGTH), masked.nonzero().flatten(), targets


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("size", choices=SIZES)
    arguments.add_argument("batch", type=int)
    arguments.add_argument("--positions", choices=("masked", "all"), default="masked")
    arguments.add_argument("--vocab", type=int, default=30522)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--seconds", type=float, default=2)
    arguments.add_argument("--clock", choices=("wall", "cpu"), default="wall", help="cpu: of one thread on a busy machine")
    a = arguments.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    model = MaskedModel(*SIZES[a.size], a.vocab)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01, foreach=True)
    generator = torch.Generator().manual_seed(7)
    batches = [draw(a.batch, a.vocab, generator) for _ in range(BATCHES)]

    def step(ids, places, targets):
        if a.positions == "masked":
            loss = F.cross_entropy(model(ids, places), targets[places])
        else:
            labels = torch.full_like(targets, -100)
            labels[places] = targets[places]
            loss = F.cross_entropy(model(ids, None), labels)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    for batch in batches:
        step(*batch)
    now = time.process_time if a.clock == "cpu" else time.perf_counter
    seconds, start = [], now()
    while len(seconds) < 3 or now() - start < a.seconds:
        begin = now()
        for batch in batches:
            step(*batch)
        seconds.append((now() - begin) / BATCHES)
    median = statistics.median(seconds)
    tokens = a.batch * LENGTH
    print(json.dumps({"sys": "torch", "size": a.size, "mode": "mlm", "positions": a.positions, "batch": a.batch,
                      "lens": "full", "vocab": a.vocab, "threads": a.threads, "tok": tokens, "s_med": median,
                      "tps_med": tokens / median}))


if __name__ == "__main__":
    main()
