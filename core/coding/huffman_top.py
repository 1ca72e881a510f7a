"""The upper part of a large Huffman tree, without building the rest of it as objects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from core import checks
from core.coding.huffman import HuffmanCode, huffman_code
from core.information import entropy, renormalize


@dataclass(frozen=True, slots=True)
class HuffmanTop:
    """The last merges of Huffman's algorithm, and measures of the whole code.

    Attributes:
        top: the code of the trees that are left before these merges, with their places in
            `members` as symbols ("0", "1", …); its merges are the last ones of the whole code.
        members: how many symbols each of those trees holds.
        symbols: the symbol's index where a tree is a single symbol, else None.
        skipped: merges made before.
        skipped_bits: the sum of the skipped merges' probabilities.
        average_length: of the whole code, bits per symbol.
        entropy: of the whole distribution, bits per symbol.
    """

    top: HuffmanCode
    members: tuple[int, ...]
    symbols: tuple[int | None, ...]
    skipped: int
    skipped_bits: float
    average_length: float
    entropy: float


def huffman_top(weights: Tensor | Sequence[float], most: int = 22) -> HuffmanTop:
    """Run Huffman's algorithm on many symbols and keep the last merges.

    Sorted leaves and merged trees, which come out in the order of their weights, are two queues;
    the two lightest are always at their heads. Ties go as in `huffman_code`.

    Args:
        weights: (N,) counts or probabilities, at least 0, not all 0.
        most: trees that are left before the merges that are kept, at least 1.

    Returns:
        A HuffmanTop. With at most `most` symbols, `top` is the whole code.

    Raises:
        ValueError: if a weight is negative or not finite, all are 0, or `most` is below 1.

    Example:
        With weights (4, 2, 1, 1) and most = 3, one merge is skipped: `members` is (1, 1, 2).

    Source: van Leeuwen (1976), "On the construction of Huffman trees": two queues.
    """
    most = checks.integer("most", most, 1)
    values = checks.vector("weights", weights).detach().double()
    probs = renormalize(values)
    order = values.argsort(stable=True).tolist()
    leaves = values[order].tolist()
    merged: list[float] = []
    sizes: list[int] = []
    leaf = tree = 0
    skipped = max(0, len(leaves) - most)

    def take() -> tuple[float, int]:
        nonlocal leaf, tree
        if leaf < len(leaves) and (tree == len(merged) or leaves[leaf] <= merged[tree]):
            leaf += 1
            return leaves[leaf - 1], 1
        tree += 1
        return merged[tree - 1], sizes[tree - 1]

    for _ in range(skipped):
        (light, few), (heavy, many) = take(), take()
        merged.append(light + heavy)
        sizes.append(few + many)
    total = math.fsum(leaves)
    skipped_bits = math.fsum(merged) / total
    # Leaves before trees, each in the order in which they were made, so that ties go the same way.
    single = sorted(order[leaf:])
    left = [float(values[i]) for i in single] + merged[tree:]
    top = huffman_code({str(i): weight for i, weight in enumerate(left)})
    return HuffmanTop(
        top=top,
        members=(*[1] * len(single), *sizes[tree:]),
        symbols=(*single, *[None] * (len(merged) - tree)),
        skipped=skipped,
        skipped_bits=skipped_bits,
        average_length=skipped_bits + top.average_length,
        entropy=entropy(probs),
    )
