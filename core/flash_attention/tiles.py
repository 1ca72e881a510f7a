"""Attention tile by tile: which tile is computed when, and what every row knows after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.attention import attention, causal_mask
from core.checks import finite, integer
from core.errors import InputError
from core.online_softmax import OnlineStep, online_attention


@dataclass(frozen=True, slots=True)
class TileVisit:
    """One tile that is computed: some queries by some keys."""

    row_tile: int  # which tile of queries, from 0
    key_tile: int  # which tile of keys, from 0, by its place in the text
    place: int  # which step of its row of tiles, from 0
    rows: range  # the queries
    keys: range  # the keys


@dataclass(frozen=True, slots=True)
class TiledTrace:
    """All tiles in the order in which they are computed, and the state after each.

    Attributes:
        mask: (T, T) bool, True = may attend.
        scores: (T, T) q·k/√d, in q's dtype.
        exact: (T, dv) plain softmax attention in float64.
        visits: The tiles that are computed, row of tiles by row of tiles.
        skipped: The tiles (row_tile, key_tile) in which every cell is masked.
        order: The order in which each row visits the tiles of keys.
        steps: The state of all rows after each tile of keys in `order`: m, l, alpha, acc and more.
        running: (steps, T, dv) acc / l after each of them; 0 while a row has seen no key.
        distance: (steps, T) largest absolute difference between `running` and `exact`.
    """

    mask: Tensor
    scores: Tensor
    exact: Tensor
    visits: tuple[TileVisit, ...]
    skipped: tuple[tuple[int, int], ...]
    order: tuple[int, ...]
    steps: tuple[OnlineStep, ...]
    running: Tensor
    distance: Tensor

    @property
    def output(self) -> Tensor:
        """Return (T, dv), the output after the last tile."""
        return self.running[-1]


def tiled_attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    query_tile: int,
    key_tile: int,
    *,
    causal: bool = True,
    order: Sequence[int] | None = None,
    sum_first: bool = False,
) -> TiledTrace:
    """Compute the attention of one head tile by tile, skipping tiles that are masked entirely.

    Args:
        q: (T, d).
        k: (T, d).
        v: (T, dv).
        query_tile: Queries per tile, at least 1; the last tile may be smaller.
        key_tile: Keys per tile, at least 1; the last tile may be smaller.
        causal: Whether a query attends only to itself and earlier keys.
        order: A permutation of the tiles of keys; None means from left to right.
        sum_first: Make a known mistake: multiply the sum of a tile's e^(s − m) by the mean of its
            values, (Σe)·v̄, in place of Σ(e·v). With one key per tile the two agree.

    Returns:
        The trace.

    Raises:
        ValueError: Shapes do not fit, a number is not finite, or `order` is not a permutation.

    Example:
        >>> x = torch.eye(2)
        >>> t = tiled_attention(x, x, x, 1, 1)
        >>> [(visit.row_tile, visit.key_tile) for visit in t.visits], t.skipped
        ([(0, 0), (1, 0), (1, 1)], ((0, 1),))

    Source: Dao et al. (2022), arXiv:2205.14135, algorithm 1; with the loops in the order of Dao
    (2023), arXiv:2307.08691, algorithm 1: one row of tiles after another.
    """
    q = finite("q", q, min_ndim=2, max_ndim=2)
    k = finite("k", k, min_ndim=2, max_ndim=2)
    v = finite("v", v, min_ndim=2, max_ndim=2)
    rows, keys = len(q), len(k)
    if causal and rows != keys:
        raise InputError(
            "With a causal mask q and k must have equally many rows; got {q} and {k}.",
            q=rows,
            k=keys,
        )
    query_tile = min(integer("query_tile", query_tile, 1), rows)
    key_tile = min(integer("key_tile", key_tile, 1), keys)
    row_ranges, key_ranges = _tiles(rows, query_tile), _tiles(keys, key_tile)
    natural = tuple(range(len(key_ranges)))
    order = natural if order is None else tuple(order)
    if tuple(sorted(order)) != natural:
        raise InputError(
            "order must contain each of the {n} tiles once; got {got}.",
            n=len(natural),
            got=list(order),
        )
    mask = causal_mask(rows) if causal else torch.ones(rows, keys, dtype=torch.bool)
    exact = attention(q.double(), k.double(), v.double(), mask).output

    # Masked padding fills the last tile, so that a shuffled order still cuts between tiles.
    padded = len(key_ranges) * key_tile
    shuffled = (torch.tensor(order)[:, None] * key_tile + torch.arange(key_tile)).flatten()
    filled = [torch.cat([x, x.new_zeros(padded - keys, x.shape[1])])[shuffled] for x in (k, v)]
    allowed = torch.cat([mask, mask.new_zeros(rows, padded - keys)], dim=1)[:, shuffled]
    steps = online_attention(q, *filled, key_tile, allowed).steps
    acc = _sum_first(steps, [v[r.start : r.stop] for r in key_ranges], order) if sum_first else None
    accs = torch.stack([step.acc for step in steps]) if acc is None else acc
    totals = torch.stack([step.l for step in steps])
    running = accs / totals.masked_fill(totals == 0, 1.0).unsqueeze(-1)

    visits, skipped = [], []
    for i, row_range in enumerate(row_ranges):
        place = 0
        for j in order:
            key_range = key_ranges[j]
            if bool(mask[row_range.start : row_range.stop, key_range.start : key_range.stop].any()):
                visits.append(TileVisit(i, j, place, row_range, key_range))
                place += 1
            else:
                skipped.append((i, j))
    return TiledTrace(
        mask=mask,
        scores=(q * q.shape[-1] ** -0.5) @ k.T,
        exact=exact,
        visits=tuple(visits),
        skipped=tuple(skipped),
        order=order,
        steps=steps,
        running=running,
        distance=(running.double() - exact).abs().amax(dim=-1),
    )


def _tiles(length: int, size: int) -> list[range]:
    return [range(start, min(start + size, length)) for start in range(0, length, size)]


def _sum_first(
    steps: Sequence[OnlineStep], values: Sequence[Tensor], order: Sequence[int]
) -> Tensor:
    """Return acc after every step, (steps, T, dv), with (Σe)·v̄ in place of Σ(e·v)."""
    acc = torch.zeros_like(steps[0].acc)
    found = []
    for step, tile in zip(steps, order, strict=True):
        acc = step.alpha[:, None] * acc + step.p.sum(dim=-1, keepdim=True) * values[tile].mean(0)
        found.append(acc)
    return torch.stack(found)
