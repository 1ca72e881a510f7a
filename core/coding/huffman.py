"""Huffman codes: the shortest prefix code, merge by merge, and codes of blocks of symbols."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from core import checks
from core.errors import InputError
from core.information import entropy, renormalize

MAX_BLOCKS = 1 << 17


@dataclass(frozen=True, slots=True)
class HuffmanNode:
    """A node of the tree: a leaf has a symbol, an inner node two children (ids).

    `left` is the lighter child (the earlier one of a tie) and gets the bit 0, `right` gets 1.
    """

    id: int
    weight: float
    symbol: str | None
    left: int | None
    right: int | None


@dataclass(frozen=True, slots=True)
class HuffmanStep:
    """One merge: the two lightest nodes (ids) become the children of a new one."""

    left: int
    right: int
    merged: int
    left_weight: float
    right_weight: float
    weight: float


@dataclass(frozen=True, slots=True)
class HuffmanCode:
    """A code and how it came about.

    Attributes:
        weights: {symbol: weight} as given.
        probabilities: {symbol: weight / sum}.
        codes: {symbol: "0101"}.
        nodes: the leaves in the order given, then one per merge; the last is the root.
        steps: the merges, in order.
        average_length: bits per symbol.
        entropy: of the probabilities, in bits per symbol: entropy ≤ average_length < entropy + 1.
    """

    weights: dict[str, float]
    probabilities: dict[str, float]
    codes: dict[str, str]
    nodes: tuple[HuffmanNode, ...]
    steps: tuple[HuffmanStep, ...]
    average_length: float
    entropy: float

    @property
    def efficiency(self) -> float:
        """Return entropy divided by average length, from 0 to 1."""
        return self.entropy / self.average_length

    def forest(self, merges: int) -> tuple[int, ...]:
        """Return the ids of the nodes without a parent after so many merges, lightest first.

        Example:
            After 0 merges these are the leaves, after all of them the root alone.
        """
        merges = checks.integer("merges", merges, 0, len(self.steps))
        made = len(self.weights) + merges
        children = {child for step in self.steps[:merges] for child in (step.left, step.right)}
        roots = [node for node in self.nodes[:made] if node.id not in children]
        return tuple(node.id for node in sorted(roots, key=lambda node: (node.weight, node.id)))

    def encode(self, text: str | Sequence[str]) -> str:
        """Return the bits of a text, one symbol per character, or of a list of symbols.

        Raises:
            ValueError: if a symbol has no code.

        Example:
            `huffman_code({"a": 3, "b": 1}).encode("aab")` is "110".
        """
        missing = next((symbol for symbol in text if symbol not in self.codes), None)
        if missing is not None:
            known = checks.short(list(self.codes))
            raise InputError(
                "text must hold symbols among {known}; got {got}.",
                known=known,
                got=checks.short(missing),
            )
        return "".join(self.codes[symbol] for symbol in text)

    def decode(self, bits: str) -> str:
        """Return the text of bits; no separator is needed, because no code is a prefix of another.

        Raises:
            ValueError: if a bit is neither 0 nor 1, leads nowhere, or the last code is cut off.

        Example:
            `huffman_code({"a": 3, "b": 1}).decode("110")` is "aab".
        """
        symbols = {code: symbol for symbol, code in self.codes.items()}
        longest = max(map(len, symbols))
        decoded: list[str] = []
        code = ""
        for place, bit in enumerate(bits):
            if bit not in ("0", "1"):
                raise InputError(
                    "bits must be 0 or 1; got {bit!r} at place {place}.",
                    bit=bit,
                    place=place,
                )
            code += bit
            if code in symbols:
                decoded.append(symbols[code])
                code = ""
            elif len(code) >= longest:
                raise InputError(
                    "bits must be a sequence of codes; {code} is not one of them.",
                    code=code,
                )
        if code:
            raise InputError(
                "bits must end with a whole code; {code!r} is left over.",
                code=code,
            )
        return "".join(decoded)


def huffman_code(weights: Mapping[str, float]) -> HuffmanCode:
    """Merge the two lightest nodes until one is left; read the codes off the tree.

    Ties go to the node that was made first: leaves in the order given, then merged nodes. This
    also keeps the longest code as short as an optimal code can have it.

    Args:
        weights: {symbol: count or probability}, at least 0, not all 0.

    Returns:
        A HuffmanCode. One symbol alone gets the code "0".

    Raises:
        ValueError: if there is no symbol, one is empty, or a weight is negative or not finite.

    Example:
        `huffman_code({"a": 4, "b": 2, "c": 1, "d": 1})` has lengths 1, 2, 3, 3 and the average
        1.75, which is the entropy.

    Source: Huffman (1952), "A Method for the Construction of Minimum-Redundancy Codes".
    """
    if not isinstance(weights, Mapping) or not weights:
        raise InputError(
            "weights must map symbols to numbers; got {got}.",
            got=checks.short(weights),
        )
    for symbol, weight in weights.items():
        if not isinstance(symbol, str) or not symbol:
            raise InputError(
                "weights must have texts as symbols; got {got}.",
                got=checks.short(symbol),
            )
        checks.number(f"weights[{checks.short(symbol)}]", weight, 0.0, 1e300)
    values = [float(weight) for weight in weights.values()]
    probs = renormalize(values).tolist()
    nodes = [
        HuffmanNode(place, weight, symbol, None, None)
        for place, (symbol, weight) in enumerate(zip(weights, values, strict=True))
    ]
    # The heap holds the weights themselves: whole counts add up exactly, so ties stay ties.
    heap = [(node.weight, node.id) for node in nodes]
    heapq.heapify(heap)
    steps: list[HuffmanStep] = []
    while len(heap) > 1:
        light, left = heapq.heappop(heap)
        heavy, right = heapq.heappop(heap)
        node = HuffmanNode(len(nodes), light + heavy, None, left, right)
        steps.append(HuffmanStep(left, right, node.id, light, heavy, node.weight))
        nodes.append(node)
        heapq.heappush(heap, (node.weight, node.id))
    codes = _codes(nodes)
    ordered = {symbol: codes[symbol] for symbol in weights}
    return HuffmanCode(
        weights=dict(zip(weights, values, strict=True)),
        probabilities=dict(zip(weights, probs, strict=True)),
        codes=ordered,
        nodes=tuple(nodes),
        steps=tuple(steps),
        average_length=math.fsum(
            p * len(code) for p, code in zip(probs, ordered.values(), strict=True)
        ),
        entropy=entropy(probs),
    )


def block_huffman(p: Tensor | Sequence[float] | Mapping[str, float], n: int) -> float:
    """Return the average bits per symbol if blocks of n independent symbols share one Huffman code.

    Args:
        p: probabilities of the symbols, or {symbol: probability}. A probability of 0 needs no code.
        n: symbols per block; all blocks together must be at most 131 072.

    Returns:
        Bits per symbol, from the entropy H to H + 1 / n.

    Raises:
        ValueError: if p is no distribution, n is below 1, or there are too many blocks.

    Example:
        For p = [0.9, 0.1] (H = 0.469): n = 1 gives 1, n = 2 gives 0.645, n = 3 gives 0.533.

    Source: Cover and Thomas (2006), section 5.4, eq. 5.49: the n-th extension.
    """
    given = list(p.values()) if isinstance(p, Mapping) else p
    checked = checks.probabilities("p", given).detach().tolist()
    probs = [x for x in checked if x > 0]
    n = checks.integer("n", n, 1)
    if len(probs) > 1 and n * math.log(len(probs)) > math.log(MAX_BLOCKS) + 1e-9:
        raise InputError(
            "n must leave at most {max_blocks:,} blocks; got {length} symbols to the power of {n}.",
            max_blocks=MAX_BLOCKS,
            length=len(probs),
            n=n,
        )
    if len(probs) == 1:
        return 1.0 / n
    blocks = [1.0]
    for _ in range(n):
        blocks = [block * x for block in blocks for x in probs]
    heapq.heapify(blocks)
    merged: list[float] = []
    while len(blocks) > 1:
        light = heapq.heappop(blocks)
        merged.append(light + blocks[0])
        heapq.heapreplace(blocks, merged[-1])
    # Each merge adds one bit to everything below it, so the merged weights sum to the mean length.
    return math.fsum(merged) / n


def _codes(nodes: Sequence[HuffmanNode]) -> dict[str, str]:
    """Return {symbol: bits}, walking down from the root, which is the last node."""
    codes: dict[str, str] = {}
    open_nodes = [(nodes[-1], "")]
    while open_nodes:
        node, code = open_nodes.pop()
        if node.symbol is not None:
            codes[node.symbol] = code or "0"
        elif node.left is not None and node.right is not None:
            open_nodes += [(nodes[node.right], code + "1"), (nodes[node.left], code + "0")]
    return codes
