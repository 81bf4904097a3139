"""Write a BERT encoder with random weights as ONNX, for a peer to run (onnx_peer.js).

    onnx_encoder.py tiny|mini|base f32|int8 FILE

The graph is the one that ONNX Runtime's optimizer makes of a BERT: fused Attention, SkipLayerNormalization and BiasGelu of
the domain com.microsoft. int8 is dynamic quantisation as its quantize_dynamic writes it: DynamicQuantizeLinear before every
product, MatMulInteger (QAttention for query, key and value) with one scale a matrix, Cast and Mul after it. Inputs: ids and
mask (B, S) int32; output: scores (B, 3). The protocol buffer is written here by hand: fields and numbers as in onnx.proto,
https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""
import struct
import sys

import numpy as np

SIZES = {"tiny": (2, 128, 2), "mini": (6, 384, 12), "base": (12, 768, 12)}  # layers, hidden, heads
WORDS, POSITIONS, CLASSES = 30522, 512, 3
TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7}
FUSED = "com.microsoft"


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, value):
    """A field of a message: a whole number, or bytes or text with its length before it."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def attribute(name, value):
    if isinstance(value, float):
        return field(1, name) + varint(2 << 3 | 5) + struct.pack("<f", value) + field(20, 1)
    return field(1, name) + field(3, value) + field(20, 2)


def tensor(name, array):
    dims = b"".join(field(1, size) for size in array.shape)
    return dims + field(2, TYPES[array.dtype.name]) + field(8, name) + field(9, array.tobytes())


def value_info(name, kind, dims):
    shape = b"".join(field(1, field(2, d) if isinstance(d, str) else field(1, d)) for d in dims)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, shape)))


class Graph:
    def __init__(self, int8):
        self.int8 = int8
        self.nodes, self.tensors = [], []
        self.random = np.random.RandomState(1)
        self.quantized = {}  # what DynamicQuantizeLinear made of a value

    def constant(self, name, array):
        self.tensors.append(tensor(name, array))
        return name

    def weight(self, name, *shape):
        values = self.random.standard_normal(shape).astype(np.float32) * np.float32(0.02)
        return self.constant(name, values)

    def zeros(self, name, size):
        return self.constant(name, np.zeros(size, np.float32))

    def ones(self, name, size):
        return self.constant(name, np.ones(size, np.float32))

    def node(self, kind, inputs, outputs, domain="", **attributes):
        node = b"".join(field(1, i) for i in inputs) + b"".join(field(2, o) for o in outputs)
        node += field(3, outputs[0]) + field(4, kind)
        node += b"".join(field(5, attribute(k, v)) for k, v in attributes.items())
        self.nodes.append(node + (field(7, domain) if domain else b""))
        return outputs[0]

    def quantize(self, x):
        """x as uint8, with its scale and zero point."""
        if x not in self.quantized:
            names = [x + end for end in ("_u8", "_scale", "_zero")]
            self.node("DynamicQuantizeLinear", [x], names)
            self.quantized[x] = names
        return self.quantized[x]

    def int8_weight(self, name, rows, columns):
        """The names of a matrix, its scale and its zero point."""
        values = self.random.standard_normal((rows, columns)) * 0.02
        scale = np.abs(values).max() / 127
        return [self.constant(name, np.rint(values / scale).astype(np.int8)),
                self.constant(name + "_scale", np.array(scale, np.float32)),
                self.constant(name + "_zero", np.array(0, np.int8))]

    def product(self, x, name, rows, columns):
        """x W, without the bias."""
        y = name + "_out"
        if not self.int8:
            return self.node("MatMul", [x, self.weight(name, rows, columns)], [y])
        x8, x_scale, x_zero = self.quantize(x)
        w8, w_scale, w_zero = self.int8_weight(name, rows, columns)
        whole = self.node("MatMulInteger", [x8, w8, x_zero, w_zero], [y + "_i32"])
        real = self.node("Cast", [whole], [y + "_f32"], to=1)
        scale = self.node("Mul", [x_scale, w_scale], [y + "_scale"])
        return self.node("Mul", [real, scale], [y])

    def attention(self, x, name, H, heads):
        bias, y = self.zeros(name + "_bias", 3 * H), name + "_out"
        if not self.int8:
            inputs = [x, self.weight(name, H, 3 * H), bias, "mask"]
            return self.node("Attention", inputs, [y], FUSED, num_heads=heads)
        x8, x_scale, x_zero = self.quantize(x)
        w8, w_scale, w_zero = self.int8_weight(name, H, 3 * H)
        inputs = [x8, w8, bias, x_scale, w_scale, "mask", x_zero, w_zero]
        return self.node("QAttention", inputs, [y], FUSED, num_heads=heads)

    def norm(self, x, skip, name, H):
        """LayerNorm(x + bias + skip)."""
        inputs = [x, skip, self.ones(name + "_gamma", H), self.zeros(name + "_beta", H),
                  self.zeros(name + "_bias", H)]
        return self.node("SkipLayerNormalization", inputs, [name + "_out"], FUSED, epsilon=1e-12)

    def encoder(self, layers, H, heads):
        inputs = ["ids", "", self.weight("words", WORDS, H), self.weight("positions", POSITIONS, H), "",
                  self.ones("gamma", H), self.zeros("beta", H)]
        x = self.node("EmbedLayerNormalization", inputs, ["x0", "unused"], FUSED, epsilon=1e-12)
        for k in range(layers):
            at = "layer%d_" % k
            context = self.attention(x, at + "attention", H, heads)
            mixed = self.product(context, at + "mix", H, H)
            middle = self.norm(mixed, x, at + "norm1", H)
            up = self.product(middle, at + "up", H, 4 * H)
            inputs = [up, self.zeros(at + "up_bias", 4 * H)]
            active = self.node("BiasGelu", inputs, [at + "gelu"], FUSED)
            down = self.product(active, at + "down", 4 * H, H)
            x = self.norm(down, middle, at + "norm2", H)
        return x

    def head(self, x, H):
        first = self.node("Gather", [x, self.constant("zero", np.array(0, np.int64))], ["first"], axis=1)
        inputs = [first, self.weight("pooler", H, H), self.zeros("pooler_bias", H)]
        pooled = self.node("Tanh", [self.node("Gemm", inputs, ["dense"])], ["pooled"])
        inputs = [pooled, self.weight("classes", H, CLASSES), self.zeros("classes_bias", CLASSES)]
        self.node("Gemm", inputs, ["scores"])

    def model(self):
        graph = b"".join(field(1, n) for n in self.nodes) + field(2, "encoder")
        graph += b"".join(field(5, t) for t in self.tensors)
        graph += b"".join(field(11, value_info(n, TYPES["int32"], ("B", "S"))) for n in ("ids", "mask"))
        graph += field(12, value_info("scores", TYPES["float32"], ("B", CLASSES)))
        versions = field(8, field(2, 17)) + field(8, field(1, FUSED) + field(2, 1))
        return field(1, 8) + field(2, "ontograft") + field(7, graph) + versions


def main():
    size, dtype, path = sys.argv[1:]
    layers, hidden, heads = SIZES[size]
    graph = Graph(dtype == "int8")
    graph.head(graph.encoder(layers, hidden, heads), hidden)
    with open(path, "wb") as file:
        file.write(graph.model())


main()
