#!/usr/bin/python3
"""What PyTorch computes with a product that has a low-rank adapter beside it, y = x Wᵀ + (α/r) (x Aᵀ) Bᵀ.

    tests/reference/lora.py tests/data/model/lora.safetensors

writes x, W, A, B, the result y, a gradient dy at it, and what autograd makes of that: dx, dA, dB. Needs python3-torch;
computes in float64 and writes float32."""
import json
import struct
import sys

import torch

N, K, O, RANK, ALPHA = 9, 6, 10, 3, 5.0


def save(path, tensors):
    header, at = {}, 0
    for name, tensor in tensors.items():
        size = 4 * tensor.numel()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.detach().to(torch.float32).contiguous().numpy().tobytes())


def main():
    random = torch.Generator().manual_seed(3)

    def draw(*shape):
        return torch.randn(*shape, generator=random).to(torch.float64).requires_grad_(True)

    x, W, A, B, dy = draw(N, K), draw(O, K), draw(RANK, K), draw(O, RANK), draw(N, O)
    y = x @ W.T + ALPHA / RANK * (x @ A.T) @ B.T
    y.backward(dy)
    save(sys.argv[1], {"x": x, "W": W, "A": A, "B": B, "y": y, "dy": dy, "dx": x.grad, "dA": A.grad, "dB": B.grad})


if __name__ == "__main__":
    main()
