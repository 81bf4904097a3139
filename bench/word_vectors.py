#!/usr/bin/python3
"""Static word vectors from raw text, to try `ontograft pretrain --from` with: singular vectors of the words'
positive pointwise mutual information with their frequent neighbours (Levy, Goldberg & Dagan 2015).

usage: word_vectors.py TEXT.txt.gz… >words.txt      (numpy)
"""
import collections
import gzip
import re
import sys

import numpy

WORDS, CONTEXTS, WINDOW, DIM = 30000, 1500, 3, 100

texts = [
    re.findall(r"[a-z]+|[0-9]+|[^\sa-z0-9]", line.lower())
    for path in sys.argv[1:]
    for line in gzip.open(path, "rt")
]
counts = collections.Counter(word for text in texts for word in text)
words = [word for word, count in counts.most_common(WORDS) if count >= 5]
number = {word: k for k, word in enumerate(words)}

pairs = numpy.zeros((len(words), CONTEXTS), numpy.float32)
for text in texts:
    ids = numpy.array([number.get(word, -1) for word in text])
    for distance in range(1, WINDOW + 1):
        left, right = ids[:-distance], ids[distance:]
        for word, context in ((left, right), (right, left)):
            known = (word >= 0) & (context >= 0) & (context < CONTEXTS)
            numpy.add.at(pairs, (word[known], context[known]), 1)

rows, columns = pairs.sum(1, keepdims=True) + 1, pairs.sum(0, keepdims=True) ** 0.75
information = numpy.maximum(numpy.log((pairs + 1e-9) * columns.sum() / (rows * columns)), 0)
vectors, values, _ = numpy.linalg.svd(information, full_matrices=False)
vectors = vectors[:, :DIM] * numpy.sqrt(values[:DIM])
vectors /= 3 * numpy.abs(vectors).std()

print(len(words), DIM)
for word, vector in zip(words, vectors):
    print(word, *("%.5f" % value for value in vector))
