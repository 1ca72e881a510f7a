"""RoPE's two pairings, the permutation between them, and two ways of confusing them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import choice, finite, floating, integer
from core.errors import InputError
from core.positions.rope import (
    PAIRINGS,
    Positions,
    apply_rope,
    check_positions,
    even_dim,
    join_pairs,
    rope_angles,
    rope_tables,
    split_pairs,
)

#: The two pairings and the two mistakes that `compare_pairings` applies to both q and k.
PAIRING_WAYS = ("interleaved", "half", "concatenated", "mixed")


def pairing_permutation(head_dim: int, source: str, target: str) -> Tensor:
    """Return the index that brings a head from one pairing into another: x[..., index].

    Args:
        head_dim: size of one head, even.
        source: the pairing that x is in, "interleaved" or "half".
        target: the pairing that is wanted.

    Returns:
        (head_dim,) int64; the identity when source and target are the same.

    Example:
        >>> pairing_permutation(6, "interleaved", "half").tolist()
        [0, 2, 4, 1, 3, 5]
    """
    places = torch.arange(even_dim(head_dim))
    first, second = split_pairs(places, choice("source", source, PAIRINGS))
    return join_pairs(first, second, choice("target", target, PAIRINGS))


def permute_projection(weight: Tensor, num_heads: int, source: str, target: str) -> Tensor:
    """Reorder the rows of a q or k projection so that its heads come out in the other pairing.

    GGUF files of Llama models hold these weights reordered from "half" to "interleaved".

    Args:
        weight: (num_heads · head_dim, D), or (num_heads · head_dim,) for a bias.
        num_heads: how many heads the rows hold (for k: the key heads).
        source: the weight's pairing, "interleaved" or "half".
        target: the pairing that is wanted.

    Returns:
        The weight's shape, a copy.

    Raises:
        ValueError: when the rows do not divide into heads of an even size.

    Example:
        >>> permute_projection(torch.arange(4.0), 1, "half", "interleaved").tolist()
        [0.0, 2.0, 1.0, 3.0]
    """
    weight = floating("weight", weight, min_ndim=1, max_ndim=2)
    num_heads = integer("num_heads", num_heads, 1)
    if len(weight) % num_heads:
        raise InputError(
            "weight must have a multiple of num_heads={num_heads} rows; got {length}.",
            num_heads=num_heads,
            length=len(weight),
        )
    index = pairing_permutation(len(weight) // num_heads, source, target)
    return weight.unflatten(0, (num_heads, -1))[:, index].flatten(0, 1)


def rope_concatenated_mistake(x: Tensor, positions: Positions, base: float = 10000.0) -> Tensor:
    """Mistake: rotate adjacent pairs, then write the halves side by side.

    The numbers are right but stand in the wrong places. If q and k are *both* rotated like this,
    their scores are still right, so the mistake can go unnoticed. If one of them is rotated
    properly (a cached key, another library), the scores are wrong, and rotating twice no longer
    adds the angles.

    Args:
        x: (..., T, head_dim) in the interleaved pairing.
        positions: (T,) or broadcastable, as in `apply_rope`.
        base: RoPE base.

    Returns:
        (..., T, head_dim).

    Example:
        >>> x = torch.tensor([[1.0, 2.0, 3.0, 4.0]])
        >>> rope_concatenated_mistake(x, [0])[0].tolist()  # position 0 must change nothing
        [1.0, 3.0, 2.0, 4.0]
    """
    x, cos, sin = _tables(x, positions, base)
    first, second = split_pairs(x, "interleaved")
    return join_pairs(first * cos - second * sin, first * sin + second * cos, "half")


def rope_mixed_tables_mistake(x: Tensor, positions: Positions, base: float = 10000.0) -> Tensor:
    """Mistake: swap adjacent numbers, but multiply with tables laid out for halves.

    The two numbers of a pair are rotated by different angles, which is no rotation. Lengths change,
    and scores depend on more than the distance.

    Args:
        x: (..., T, head_dim) in the interleaved pairing.
        positions: (T,) or broadcastable, as in `apply_rope`.
        base: RoPE base.

    Returns:
        (..., T, head_dim).
    """
    x, cos, sin = _tables(x, positions, base)
    first, second = split_pairs(x, "interleaved")
    swapped = join_pairs(-second, first, "interleaved")
    return x * torch.cat((cos, cos), dim=-1) + swapped * torch.cat((sin, sin), dim=-1)


@dataclass(frozen=True, slots=True)
class PairingComparison:
    """One q and one k under the two pairings and the two mistakes, keyed by way.

    Ways: "interleaved"; "half" (with q and k reordered for it first); "concatenated"; "mixed";
    "concatenated q, proper k".
    """

    positions: Tensor  # (T,)
    q_rotated: dict[str, Tensor]  # (T, head_dim)
    scores: dict[str, Tensor]  # (T, T): q at the row's position · k at the column's
    wrong_by: dict[str, float]  # largest difference of the scores from "interleaved"
    not_relative_by: dict[str, float]  # largest spread of the scores along a diagonal


def compare_pairings(
    q: Tensor, k: Tensor, positions: Positions, base: float = 10000.0
) -> PairingComparison:
    """Place one query and one key at every position and score them in every way of pairing.

    Args:
        q: (head_dim,) in the interleaved pairing.
        k: (head_dim,).
        positions: (T,), evenly spaced if `not_relative_by` is to mean anything.
        base: RoPE base.

    Returns:
        The vectors, the scores, and how far each way is off.
    """
    q, k = finite("q", q, min_ndim=1, max_ndim=1), finite("k", k, min_ndim=1, max_ndim=1)
    if q.shape != k.shape:
        raise InputError(
            "q and k must have one size; got {q_size} and {k_size}.",
            q_size=len(q),
            k_size=len(k),
        )
    where = finite("positions", positions, min_ndim=1, max_ndim=1)
    halves = [permute_projection(t, 1, "interleaved", "half") for t in (q, k)]
    rows = [t.expand(len(where), -1) for t in (q, k)]
    ways = {
        "interleaved": [apply_rope(t, where, base) for t in rows],
        "half": [apply_rope(t.expand(len(where), -1), where, base, "half") for t in halves],
        "concatenated": [rope_concatenated_mistake(t, where, base) for t in rows],
        "mixed": [rope_mixed_tables_mistake(t, where, base) for t in rows],
    }
    ways["concatenated q, proper k"] = [ways["concatenated"][0], ways["interleaved"][1]]
    scores = {name: rotated_q @ rotated_k.T for name, (rotated_q, rotated_k) in ways.items()}
    right = scores["interleaved"]
    return PairingComparison(
        positions=where,
        q_rotated={name: pair[0] for name, pair in ways.items()},
        scores=scores,
        wrong_by={n: float((s - right).detach().abs().max()) for n, s in scores.items()},
        not_relative_by={n: _diagonal_spread(s.detach()) for n, s in scores.items()},
    )


@dataclass(frozen=True, slots=True)
class RotatedComponent:
    """One component of a rotated vector: own · cos(angle) + partner · sin(angle)."""

    own: float
    partner: float  # the other component of the pair, negative for a pair's first component
    angle: float  # radians
    value: float


def explain_component(
    q: Tensor, position: int, index: int, way: str, base: float = 10000.0
) -> RotatedComponent:
    """Take one component of `compare_pairings(...).q_rotated[way]` apart.

    Args:
        q: (head_dim,) in the interleaved pairing.
        position: token position.
        index: of the component in the rotated vector, 0 … head_dim - 1.
        way: one of `PAIRING_WAYS`.
        base: RoPE base.

    Returns:
        The terms; float64.

    Example:
        >>> explain_component(torch.tensor([1.0, 2.0]), 0, 1, "interleaved").value
        2.0
    """
    choice("way", way, PAIRING_WAYS)
    index = integer("index", index, 0, even_dim(len(q)) - 1)
    pairs = len(q) // 2
    pair, second = (index // 2, index % 2) if way in ("interleaved", "mixed") else (
        index % pairs, index // pairs
    )  # fmt: skip
    turning = index % pairs if way == "mixed" else pair
    angle = float(rope_angles([position], len(q), base)[0, turning])
    own, other = float(q[2 * pair + second]), float(q[2 * pair + 1 - second])
    partner = other if second else -other
    return RotatedComponent(own, partner, angle, own * math.cos(angle) + partner * math.sin(angle))


def _diagonal_spread(scores: Tensor) -> float:
    length = len(scores)
    diagonals = [scores.diagonal(d) for d in range(1 - length, length)]
    return max(float(d.max() - d.min()) for d in diagonals)


def _tables(x: Tensor, positions: Positions, base: float) -> tuple[Tensor, Tensor, Tensor]:
    x = floating("x", x, min_ndim=2)
    cos, sin = rope_tables(positions, even_dim(x.shape[-1]), base, dtype=x.dtype)
    check_positions(x, cos)
    return x, cos, sin
