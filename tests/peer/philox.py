"""Philox4x32-10 as include/flopclock/random.h has it, on numpy arrays: both sides draw the same numbers."""

import numpy as np

INIT, DROPOUT, SHUFFLE = 1, 2, 3
MASK = np.uint64(0xFFFFFFFF)


def words(seed, stream, count):
    """The first `count` 32-bit words of a stream."""
    blocks = np.arange((count + 3) // 4, dtype=np.uint64)
    k0, k1 = np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32)
    c0, c1 = blocks & MASK, blocks >> np.uint64(32)
    c2 = np.full_like(blocks, stream & 0xFFFFFFFF)
    c3 = np.full_like(blocks, stream >> 32)
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        c0 = (p1 >> np.uint64(32)) ^ c1 ^ k0
        c2 = (p0 >> np.uint64(32)) ^ c3 ^ k1
        c1, c3 = p1 & MASK, p0 & MASK
        k0 = (k0 + np.uint64(0x9E3779B9)) & MASK
        k1 = (k1 + np.uint64(0xBB67AE85)) & MASK
    return np.stack([c0, c1, c2, c3], axis=1).reshape(-1)[:count]


def uniform(seed, stream, count):
    """[0, 1) with 24 bits, exact in float32."""
    return (words(seed, stream, count) >> np.uint64(8)).astype(np.float32) * np.float32(2.0**-24)


def stream(kind, node, iteration=0):
    return iteration << 32 | kind << 24 | (node & 0xFFFFFF)
