"""Multi-head self-attention as one module, with MHA, GQA and MQA, and one cell's arithmetic."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.attention.scaled import AttentionTrace, attention
from core.checks import boolean, finite, integer
from core.errors import InputError


class MultiHeadSelfAttention(nn.Module):
    """Self-attention with H query heads on `num_kv_heads` key and value heads; no biases.

    Args:
        embed_dim: D, a multiple of num_heads.
        num_heads: H query heads.
        num_kv_heads: key and value heads, a divisor of H: H is multi-head, 1 multi-query,
            between them grouped-query attention. None means H.
        generator: optional source of the initial weights.

    Raises:
        ValueError: when the sizes do not divide.

    Example:
        >>> layer = MultiHeadSelfAttention(6, 3, num_kv_heads=1)
        >>> layer(torch.randn(2, 5, 6)).weights.shape
        torch.Size([2, 3, 5, 5])

    Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.2.2; Shazeer 2019, arXiv:1911.02150
    (MQA); Ainslie et al. 2023, arXiv:2305.13245 (GQA).
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        num_kv_heads: int | None = None,
        *,
        generator: torch.Generator | None = None,
    ) -> None:
        """Create the four projections, each weight drawn from N(0, 1/D)."""
        super().__init__()
        self.embed_dim = integer("embed_dim", embed_dim, 1)
        self.num_heads = integer("num_heads", num_heads, 1)
        shared = num_heads if num_kv_heads is None else num_kv_heads
        self.num_kv_heads = integer("num_kv_heads", shared, 1, num_heads)
        if embed_dim % num_heads:
            raise InputError(
                "embed_dim must be a multiple of num_heads={num_heads}; got {embed_dim}.",
                num_heads=num_heads,
                embed_dim=embed_dim,
            )
        kv_head_of_query(num_heads, shared)
        self.head_dim = embed_dim // num_heads
        self.q_proj = nn.Linear(embed_dim, num_heads * self.head_dim, bias=False)
        self.k_proj = nn.Linear(embed_dim, shared * self.head_dim, bias=False)
        self.v_proj = nn.Linear(embed_dim, shared * self.head_dim, bias=False)
        self.out_proj = nn.Linear(num_heads * self.head_dim, embed_dim, bias=False)
        for weight in self.parameters():
            nn.init.normal_(weight, std=embed_dim**-0.5, generator=generator)

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        heads_on: Tensor | Sequence[bool] | None = None,
    ) -> AttentionTrace:
        """Run the layer.

        Args:
            x: (B, T, D), the weights' dtype.
            mask: bool, broadcastable to (B, H, T, T), True = may attend.
            heads_on: (H,) bool; a head that is off contributes 0 to the output. None: all on.

        Returns:
            The trace, with `.output` (B, T, D).

        Raises:
            ValueError: when x or heads_on has the wrong shape.
        """
        x = finite("x", x, min_ndim=3, max_ndim=3)
        if x.shape[-1] != self.embed_dim:
            raise InputError(
                "x must end in embed_dim={embed_dim}; got {shape}.",
                embed_dim=self.embed_dim,
                shape=tuple(x.shape),
            )
        if x.dtype != self.q_proj.weight.dtype:
            raise InputError(
                "x must have the layer's dtype {expected}; got {got}.",
                expected=self.q_proj.weight.dtype,
                got=x.dtype,
            )
        q = self._heads(self.q_proj(x), self.num_heads)  # (B, H, T, D/H)
        k = self._heads(self.k_proj(x), self.num_kv_heads)  # (B, Hkv, T, D/H)
        v = self._heads(self.v_proj(x), self.num_kv_heads)
        trace = attention(q, k, v, mask)
        head_output = trace.output  # (B, H, T, D/H)
        if heads_on is None:
            on = torch.ones(self.num_heads, dtype=torch.bool)
        else:
            on = boolean("heads_on", heads_on)
            if tuple(on.shape) != (self.num_heads,):
                raise InputError(
                    "heads_on must have {num_heads} entries, one per head; got shape {shape}.",
                    num_heads=self.num_heads,
                    shape=tuple(on.shape),
                )
            head_output = head_output.masked_fill(~on[:, None, None], 0.0)
        merged = head_output.transpose(1, 2).flatten(2)  # (B, T, H · D/H)
        return dataclasses.replace(
            trace,
            x=x,
            head_output=head_output,
            merged=merged,
            output=self.out_proj(merged),
            heads_on=on,
        )

    def _heads(self, projected: Tensor, heads: int) -> Tensor:
        return projected.unflatten(-1, (heads, self.head_dim)).transpose(1, 2)


def kv_head_of_query(num_heads: int, num_kv_heads: int) -> list[int]:
    """Return which key/value head each query head reads.

    Args:
        num_heads: H query heads.
        num_kv_heads: a divisor of H.

    Returns:
        H entries, consecutive query heads sharing one.

    Example:
        >>> kv_head_of_query(6, 2)
        [0, 0, 0, 1, 1, 1]
    """
    num_heads = integer("num_heads", num_heads, 1)
    num_kv_heads = integer("num_kv_heads", num_kv_heads, 1, num_heads)
    if num_heads % num_kv_heads:
        raise InputError(
            "num_kv_heads must divide num_heads={num_heads}; got {num_kv_heads}.",
            num_heads=num_heads,
            num_kv_heads=num_kv_heads,
        )
    groups = num_heads // num_kv_heads
    return [head // groups for head in range(num_heads)]


@dataclass(frozen=True, slots=True)
class CellArithmetic:
    """How one attention weight came about, number by number."""

    q: Tensor  # (d,) the query's row
    k: Tensor  # (d,) the key's row
    products: Tensor  # (d,) q · k, number by number
    dot: float  # their sum
    scale: float
    score: float  # dot · scale
    masked_score: float  # with the bias; -inf where the mask forbids
    row_max: float  # the largest masked score of the row, which softmax subtracts; -inf if none
    exponential: float  # e^(masked score - row_max)
    row_sum: float  # the sum of the row's exponentials
    weight: float  # exponential / row_sum


def explain_cell(
    trace: AttentionTrace, query: int, key: int, index: Sequence[int] = ()
) -> CellArithmetic:
    """Spell out one cell of the attention matrix.

    Args:
        trace: what `attention` returned.
        query: row, 0 to Tq - 1.
        key: column, 0 to Tk - 1.
        index: one number per leading axis of the scores, for example (batch, head).

    Returns:
        The numbers in the order in which one would compute them by hand.

    Raises:
        ValueError: for an index outside the trace.

    Example:
        >>> t = attention(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0]]), torch.ones(1, 1))
        >>> explain_cell(t, 0, 0).products.tolist()
        [3.0, 8.0]
    """
    *leading, rows, columns = trace.scores.shape
    if len(index) != len(leading):
        raise InputError(
            "index must have {length} numbers, one per axis of {axes}; got {got}.",
            length=len(leading),
            axes=tuple(leading),
            got=tuple(index),
        )
    at = tuple(integer("index", i, 0, n - 1) for i, n in zip(index, leading, strict=True))
    query, key = integer("query", query, 0, rows - 1), integer("key", key, 0, columns - 1)
    q = _rows(trace.q, leading, at)[query]
    k = _rows(trace.k, leading, at)[key]
    row = trace.masked_scores[at][query].detach()
    row_max = float(row.max())
    exponentials = (row - row_max).exp() if row_max > float("-inf") else torch.zeros_like(row)
    return CellArithmetic(
        q=q,
        k=k,
        products=q * k,
        dot=float((q * k).sum()),
        scale=trace.scale,
        score=float(trace.scores[at][query, key].detach()),
        masked_score=float(row[key]),
        row_max=row_max,
        exponential=float(exponentials[key]),
        row_sum=float(exponentials.sum()),
        weight=float(trace.weights[at][query, key].detach()),
    )


def _rows(tensor: Tensor, leading: list[int], at: tuple[int, ...]) -> Tensor:
    """Pick the matrix of q or k that belongs to one index of the scores."""
    own = tensor.detach()
    shape = own.shape[:-2]
    chosen = list(at[len(at) - len(shape) :])
    for axis, size in enumerate(shape):
        wanted = leading[len(leading) - len(shape) + axis]
        if size != wanted:  # shared by a group of heads, or broadcast
            chosen[axis] //= wanted // size
    return own[tuple(chosen)]
