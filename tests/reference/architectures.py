#!/usr/bin/python3
"""Small random checkpoints of every architecture, and what PyTorch computes with them.

    tests/reference/architectures.py tests/data/model/architectures

makes a folder an architecture: config.json and model.safetensors as Hugging Face's transformers name their keys and
tensors, and reference.safetensors with the tokens of three texts, the hidden states of their last layer, the scores and
the loss of a classifier, and the loss's gradient at every weight. The networks are written here from the papers
(named below) in plain torch operations, without padding: a text at a time. Needs python3-torch; computes in float64.
"""
import json
import math
import os
import sys

import torch
import torch.nn.functional as F

V, H, A, FF, P, C = 37, 16, 2, 20, 40, 3
LENGTHS = [5, 1, 23]
BERT_SIZES = dict(vocab_size=V, hidden_size=H, num_attention_heads=A, intermediate_size=FF, max_position_embeddings=P,
                  hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1, initializer_range=0.02)


def config_of(kind):
    named = {
        "bert": dict(BERT_SIZES, num_hidden_layers=2, type_vocab_size=2, layer_norm_eps=1e-12, pad_token_id=0,
                     hidden_act="gelu", position_embedding_type="absolute"),
        "roberta": dict(BERT_SIZES, num_hidden_layers=2, type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1,
                        hidden_act="gelu", position_embedding_type="absolute"),
        "electra": dict(BERT_SIZES, num_hidden_layers=2, type_vocab_size=2, layer_norm_eps=1e-12, pad_token_id=0,
                        hidden_act="gelu", embedding_size=10, position_embedding_type="absolute"),
        "albert": dict(BERT_SIZES, num_hidden_layers=3, type_vocab_size=2, layer_norm_eps=1e-12, pad_token_id=0,
                       hidden_act="gelu_new", embedding_size=6, num_hidden_groups=1, inner_group_num=1,
                       position_embedding_type="absolute"),
        "mpnet": dict(BERT_SIZES, num_hidden_layers=2, layer_norm_eps=1e-5, pad_token_id=1, hidden_act="gelu",
                      relative_attention_num_buckets=32),
        "distilbert": dict(vocab_size=V, dim=H, n_heads=A, hidden_dim=FF, n_layers=2, max_position_embeddings=P,
                           dropout=0.1, attention_dropout=0.1, activation="gelu", pad_token_id=0,
                           initializer_range=0.02),
        "modernbert": dict(vocab_size=V, hidden_size=H, num_attention_heads=A, intermediate_size=FF,
                           num_hidden_layers=4, max_position_embeddings=P, norm_eps=1e-5, pad_token_id=1,
                           hidden_activation="gelu", global_attn_every_n_layers=3, local_attention=8,
                           global_rope_theta=160000.0, local_rope_theta=10000.0, attention_dropout=0.0,
                           mlp_dropout=0.0, initializer_range=0.02, attention_bias=False, mlp_bias=False,
                           norm_bias=False, classifier_bias=False, classifier_activation="gelu", decoder_bias=True),
        "deberta-v2": dict(BERT_SIZES, num_hidden_layers=2, layer_norm_eps=1e-7, pad_token_id=0, hidden_act="gelu",
                           type_vocab_size=0, relative_attention=True, max_relative_positions=-1, position_buckets=8,
                           norm_rel_ebd="layer_norm", share_att_key=True, pos_att_type=["p2c", "c2p"],
                           position_biased_input=False, conv_kernel_size=0, pooler_hidden_act="gelu"),
    }
    classes = dict(bert="Bert", roberta="Roberta", electra="Electra", albert="Albert", mpnet="MPNet",
                   distilbert="DistilBert", modernbert="ModernBert", **{"deberta-v2": "DebertaV2"})
    return dict(architectures=[classes[kind] + "ForSequenceClassification"], model_type=kind, **named[kind])


class Weights(dict):
    """Tensors by name, drawn when first asked for."""

    def __init__(self, seed):
        super().__init__()
        self.random = torch.Generator().manual_seed(seed)

    def __call__(self, name, *shape, around=0.0):
        if name not in self:
            drawn = around + 0.4 * torch.randn(*shape, generator=self.random, dtype=torch.float32)
            self[name] = drawn.to(torch.float64).requires_grad_(True)
        return self[name]

    def linear(self, name, x, out, bias=True):
        y = x @ self(name + ".weight", out, x.shape[-1]).T
        return y + self(name + ".bias", out) if bias else y

    def norm(self, name, x, eps, shift=True):
        gain = self(name + ".weight", x.shape[-1], around=1.0)
        return F.layer_norm(x, x.shape[-1:], gain, self(name + ".bias", x.shape[-1]) if shift else None, eps)


def activation(name):
    return {"gelu": F.gelu,
            "gelu_new": lambda x: 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))}[name]


def heads(x):
    return x.reshape(x.shape[0], A, -1).transpose(0, 1)


def attend(q, k, v, bias=0.0):
    """Vaswani et al. 2017, equation 1; q, k, v (S,H)."""
    q, k, v = heads(q), heads(k), heads(v)
    scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1]) + bias
    return (scores.softmax(-1) @ v).transpose(0, 1).reshape(q.shape[1], -1)


def bert(w, c, ids, prefix, layer_names, first=0, types=True, projection=None, shared=False, bias=0.0, eps=1e-12):
    """Devlin et al. 2019, and what differs in its relatives."""
    e = c.get("embedding_size", H)
    S = len(ids)
    at = torch.arange(S) + first
    x = w(prefix + "embeddings.word_embeddings.weight", V, e)[ids]
    x = x + w(prefix + "embeddings.position_embeddings.weight", P, e)[at]
    if types:
        x = x + w(prefix + "embeddings.token_type_embeddings.weight", c["type_vocab_size"], e)[torch.zeros(S, dtype=int)]
    x = w.norm(prefix + "embeddings.LayerNorm", x, eps)
    if projection:
        x = w.linear(prefix + projection, x, H)
    act = activation(c.get("hidden_act", c.get("activation")))
    for l in range(c.get("num_hidden_layers", c.get("n_layers"))):
        n = {k: prefix + v.format(0 if shared else l) for k, v in layer_names.items()}
        context = attend(w.linear(n["q"], x, H), w.linear(n["k"], x, H), w.linear(n["v"], x, H), bias)
        x = w.norm(n["norm1"], x + w.linear(n["o"], context, H), eps)
        x = w.norm(n["norm2"], x + w.linear(n["down"], act(w.linear(n["up"], x, FF)), H), eps)
    return x


BERT_LAYER = {"q": "encoder.layer.{}.attention.self.query", "k": "encoder.layer.{}.attention.self.key",
              "v": "encoder.layer.{}.attention.self.value", "o": "encoder.layer.{}.attention.output.dense",
              "norm1": "encoder.layer.{}.attention.output.LayerNorm", "up": "encoder.layer.{}.intermediate.dense",
              "down": "encoder.layer.{}.output.dense", "norm2": "encoder.layer.{}.output.LayerNorm"}
DISTILBERT_LAYER = {"q": "transformer.layer.{}.attention.q_lin", "k": "transformer.layer.{}.attention.k_lin",
                    "v": "transformer.layer.{}.attention.v_lin", "o": "transformer.layer.{}.attention.out_lin",
                    "norm1": "transformer.layer.{}.sa_layer_norm", "up": "transformer.layer.{}.ffn.lin1",
                    "down": "transformer.layer.{}.ffn.lin2", "norm2": "transformer.layer.{}.output_layer_norm"}
GROUP = "encoder.albert_layer_groups.0.albert_layers.{}."
ALBERT_LAYER = {"q": GROUP + "attention.query", "k": GROUP + "attention.key", "v": GROUP + "attention.value",
                "o": GROUP + "attention.dense", "norm1": GROUP + "attention.LayerNorm", "up": GROUP + "ffn",
                "down": GROUP + "ffn_output", "norm2": GROUP + "full_layer_layer_norm"}
MPNET_LAYER = dict(BERT_LAYER, q="encoder.layer.{}.attention.attn.q", k="encoder.layer.{}.attention.attn.k",
                   v="encoder.layer.{}.attention.attn.v", o="encoder.layer.{}.attention.attn.o",
                   norm1="encoder.layer.{}.attention.LayerNorm")


def mpnet_bias(w, c, S):
    """Song et al. 2020, with the buckets of T5 (Raffel et al. 2020)."""
    table = w("mpnet.encoder.relative_attention_bias.weight", c["relative_attention_num_buckets"], A)
    half = c["relative_attention_num_buckets"] // 2
    exact = half // 2
    buckets = torch.zeros(S, S, dtype=int)
    for i in range(S):
        for j in range(S):
            apart = abs(i - j)
            if apart >= exact:
                grown = math.log(apart / exact) / math.log(128 / exact) * (half - exact)
                apart = min(exact + int(grown), half - 1)
            buckets[i, j] = apart + (half if j > i else 0)
    return table[buckets].permute(2, 0, 1)


def turned(x, theta):
    """Su et al. 2021, halves instead of neighbours as pairs; x (S,H)."""
    S, D = x.shape[0], H // A
    angles = torch.arange(S, dtype=torch.float64)[:, None] * theta ** (-2.0 * torch.arange(D // 2) / D)
    x = x.reshape(S, A, D)
    a, b = x[..., :D // 2], x[..., D // 2:]
    cos, sin = angles.cos()[:, None], angles.sin()[:, None]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1).reshape(S, H)


def modernbert(w, c, ids):
    """Warner et al. 2024: LayerNorm first, rotary positions, local attention, GeGLU (Shazeer 2020), no biases."""
    S, eps = len(ids), c["norm_eps"]
    x = w.norm("model.embeddings.norm", w("model.embeddings.tok_embeddings.weight", V, H)[ids], eps, shift=False)
    apart = (torch.arange(S)[:, None] - torch.arange(S)[None]).abs()
    near = torch.where(apart <= c["local_attention"] // 2, 0.0, -math.inf).to(torch.float64)
    for l in range(c["num_hidden_layers"]):
        layer = "model.layers.%d." % l
        everywhere = l % c["global_attn_every_n_layers"] == 0
        theta = c["global_rope_theta"] if everywhere else c["local_rope_theta"]
        n = w.norm(layer + "attn_norm", x, eps, shift=False) if l else x
        q, k, v = w.linear(layer + "attn.Wqkv", n, 3 * H, bias=False).split(H, -1)
        context = attend(turned(q, theta), turned(k, theta), v, 0.0 if everywhere else near)
        x = x + w.linear(layer + "attn.Wo", context, H, bias=False)
        n = w.norm(layer + "mlp_norm", x, eps, shift=False)
        u, gate = w.linear(layer + "mlp.Wi", n, 2 * FF, bias=False).split(FF, -1)
        x = x + w.linear(layer + "mlp.Wo", F.gelu(u) * gate, H, bias=False)
    return w.norm("model.final_norm", x, eps, shift=False)


def deberta(w, c, ids):
    """He et al. 2021 and 2023: each token looks by content and by distance, and is looked at by both."""
    S, eps, buckets = len(ids), c["layer_norm_eps"], c["position_buckets"]
    layers = "deberta.encoder.layer.%d."
    x = w.norm("deberta.embeddings.LayerNorm", w("deberta.embeddings.word_embeddings.weight", V, H)[ids], eps)
    table = w.norm("deberta.encoder.LayerNorm", w("deberta.encoder.rel_embeddings.weight", 2 * buckets, H), eps)
    middle, farthest = buckets // 2, c["max_position_embeddings"]
    row = torch.zeros(S, S, dtype=int)
    for i in range(S):
        for j in range(S):
            apart = abs(i - j)
            if apart > middle:
                share = math.log(apart / middle) / math.log((farthest - 1) / middle)
                apart = middle + math.ceil(share * (middle - 1))
            row[i, j] = min(max(buckets + (apart if i > j else -apart), 0), 2 * buckets - 1)
    for l in range(c["num_hidden_layers"]):
        n = layers % l
        q, k, v = (heads(w.linear(n + "attention.self." + p, x, H)) for p in ("query_proj", "key_proj", "value_proj"))
        far_q, far_k = (heads(w.linear(n + "attention.self." + p, table, H)) for p in ("query_proj", "key_proj"))
        c2p = torch.stack([(q[:, i, None] * far_k[:, row[i]]).sum(-1) for i in range(S)], 1)
        p2c = torch.stack([(k[:, j, None] * far_q[:, row[:, j]]).sum(-1) for j in range(S)], 2)
        p = ((q @ k.transpose(1, 2) + c2p + p2c) / math.sqrt(3 * (H // A))).softmax(-1)
        context = (p @ v).transpose(0, 1).reshape(S, H)
        x = w.norm(n + "attention.output.LayerNorm", x + w.linear(n + "attention.output.dense", context, H), eps)
        grown = F.gelu(w.linear(n + "intermediate.dense", x, FF))
        x = w.norm(n + "output.LayerNorm", x + w.linear(n + "output.dense", grown, H), eps)
    return x


def hidden_states(kind, w, c, ids):
    eps = c.get("layer_norm_eps", 1e-12)
    if kind == "modernbert":
        return modernbert(w, c, ids)
    if kind == "deberta-v2":
        return deberta(w, c, ids)
    if kind == "mpnet":
        return bert(w, c, ids, "mpnet.", MPNET_LAYER, first=2, types=False, bias=mpnet_bias(w, c, len(ids)), eps=eps)
    if kind == "distilbert":
        return bert(w, c, ids, "distilbert.", DISTILBERT_LAYER, types=False)
    if kind == "electra":
        return bert(w, c, ids, "electra.", BERT_LAYER, projection="embeddings_project", eps=eps)
    if kind == "albert":
        return bert(w, c, ids, "albert.", ALBERT_LAYER, projection="encoder.embedding_hidden_mapping_in", shared=True,
                    eps=eps)
    return bert(w, c, ids, kind + ".", BERT_LAYER, first=c["pad_token_id"] + 1 if kind == "roberta" else 0, eps=eps)


def scores(kind, w, c, first):
    """The classifier of each on the hidden state of the first token."""
    if kind == "modernbert":
        return w.linear("classifier", w.norm("head.norm", F.gelu(w.linear("head.dense", first, H, bias=False)),
                                             c["norm_eps"], shift=False), C)
    if kind in ("bert", "albert"):
        name = "bert.pooler.dense" if kind == "bert" else "albert.pooler"
        return w.linear("classifier", torch.tanh(w.linear(name, first, H)), C)
    if kind == "deberta-v2":
        return w.linear("classifier", F.gelu(w.linear("pooler.dense", first, H)), C)
    if kind == "distilbert":
        return w.linear("classifier", torch.relu(w.linear("pre_classifier", first, H)), C)
    act = F.gelu if kind == "electra" else torch.tanh
    return w.linear("classifier.out_proj", act(w.linear("classifier.dense", first, H)), C)


def save(path, tensors):
    """The safetensors format: length of the header, header, data."""
    header, data = {}, b""
    for name in sorted(tensors):
        x = tensors[name].detach()
        x = x.to(torch.int64) if x.dtype == torch.int64 else x.to(torch.float32)
        blob = x.contiguous().numpy().tobytes()
        header[name] = {"dtype": "I64" if x.dtype == torch.int64 else "F32", "shape": list(x.shape),
                        "data_offsets": [len(data), len(data) + len(blob)]}
        data += blob
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data)


def make(kind, folder):
    os.makedirs(folder, exist_ok=True)
    c, w = config_of(kind), Weights(sum(map(ord, kind)))
    random = torch.Generator().manual_seed(7)
    texts = [torch.randint(2, V, (n,), generator=random) for n in LENGTHS]
    labels = torch.arange(len(texts)) % C
    hidden = [hidden_states(kind, w, c, ids) for ids in texts]
    logits = scores(kind, w, c, torch.stack([h[0] for h in hidden]))
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    save(os.path.join(folder, "model.safetensors"), w)
    recorded = {"ids": torch.cat(texts), "lengths": torch.tensor(LENGTHS), "labels": labels, "hidden": torch.cat(hidden),
                "scores": logits, "loss": loss.reshape(1)}
    recorded.update({"gradient." + name: x.grad for name, x in w.items()})
    save(os.path.join(folder, "reference.safetensors"), recorded)
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(c, file, indent=2, sort_keys=True)
        file.write("\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for architecture in "bert roberta electra albert mpnet distilbert modernbert deberta-v2".split():
        make(architecture, os.path.join(sys.argv[1], architecture))
