"""Attention one block of keys at a time: the arithmetic inside FlashAttention."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from core.attention.masks import check_mask
from core.attention.scaled import check_qkv
from core.checks import Values, finite, floating, integer, number
from core.errors import InputError


@dataclass(frozen=True, slots=True)
class OnlineStep:
    """The running state after one block of keys; all rows of queries at once.

    Shapes are (..., Tq) for m, l and alpha; for one query row (d,) the Tq axis is absent.
    """

    block: int  # 0, 1, 2, ...
    start: int  # first key of the block
    stop: int  # one past its last key
    scores: Tensor  # (..., Tq, block): scaled, -inf where the mask forbids
    p: Tensor  # (..., Tq, block): e^(scores - m)
    m: Tensor  # largest score so far; -inf while nothing was allowed
    l: Tensor  # noqa: E741 - the paper's letter: sum of e^(score - m) so far
    alpha: Tensor  # e^(old m - new m): what the old l and acc are multiplied by; 0 at the start
    acc: Tensor  # (..., Tq, dv): sum of e^(score - m)·v so far


@dataclass(frozen=True, slots=True)
class OnlineTrace:
    """Every step, and the result of the last one."""

    steps: tuple[OnlineStep, ...]
    output: Tensor  # (..., Tq, dv), or (dv,) for one query row: acc / l
    logsumexp: Tensor  # m + ln l; -inf for a row that may attend to nothing
    scale: float
    block_size: int


def online_attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    block_size: int,
    mask: Tensor | None = None,
    *,
    scale: float | None = None,
) -> OnlineTrace:
    """Compute attention without ever holding a whole row of scores.

    For each block of keys, with s its scores: m' = max(m, max s), alpha = e^(m - m'),
    p = e^(s - m'), l' = alpha·l + Σp, acc' = alpha·acc + p·v. At the end the output is acc / l.

    Args:
        q: (..., Tq, d), or one query row (d,).
        k: (..., Tk, d).
        v: (..., Tk, dv).
        block_size: keys per block, at least 1; the last block may be shorter.
        mask: bool, True = may attend, broadcastable to (..., Tq, Tk), or (Tk,) for one row.
        scale: None means 1/√d.

    Returns:
        The trace. A row that may attend to nothing gets output 0. Differentiable.

    Raises:
        ValueError: when shapes do not fit or a number is not finite.

    Example:
        >>> ln3 = math.log(3.0)
        >>> k = torch.tensor([[0.0], [ln3]])
        >>> v = torch.tensor([[0.0], [4.0]])
        >>> t = online_attention(torch.tensor([1.0]), k, v, block_size=1)
        >>> [round(float(s.l), 4) for s in t.steps], [round(float(s.alpha), 4) for s in t.steps]
        ([1.0, 1.3333], [0.0, 0.3333])
        >>> round(float(t.output), 4)  # weights 1/4 and 3/4
        3.0

    Source: Milakov, Gimelshein 2018, arXiv:1805.02867, algorithm 3; Dao et al. 2022
    (FlashAttention), arXiv:2205.14135, section 3.1 and algorithm 1.
    """
    block_size = integer("block_size", block_size, 1)
    q = finite("q", q, min_ndim=1)
    one_row = q.ndim == 1
    q = q.unsqueeze(0) if one_row else q
    q, k, v, groups = check_qkv(q, finite("k", k, min_ndim=2), finite("v", v, min_ndim=2))
    if groups > 1 and k.shape[-3] > 1:
        raise InputError(
            "k and v must have q's {expected} heads, or one; got {got}. Use repeat_kv.",
            expected=q.shape[-3],
            got=k.shape[-3],
        )
    batch = torch.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    rows, keys = (*batch, q.shape[-2]), k.shape[-2]
    if mask is not None:
        mask = check_mask(mask, torch.Size((*rows, keys))).expand(*rows, keys)
    scale = q.shape[-1] ** -0.5 if scale is None else number("scale", scale)

    m = q.new_full(rows, -math.inf)
    total = q.new_zeros(rows)
    acc = q.new_zeros((*rows, v.shape[-1]))
    steps = []
    for block, start in enumerate(range(0, keys, block_size)):
        stop = min(start + block_size, keys)
        scores = (q * scale) @ k[..., start:stop, :].transpose(-2, -1)
        if not bool(torch.isfinite(scores).all()):
            raise InputError(
                "The scores overflow {dtype}: q·k is too large. Use smaller numbers or "
                "a smaller scale.",
                dtype=scores.dtype,
            )
        if mask is not None:
            scores = scores.masked_fill(~mask[..., start:stop], -math.inf)
        new_m = torch.maximum(m, scores.amax(dim=-1))
        # While every score so far is -inf, subtracting m would be inf - inf; 0 does as well there.
        shift = new_m.masked_fill(new_m == -math.inf, 0.0)
        alpha = torch.exp(m - shift)
        p = torch.exp(scores - shift.unsqueeze(-1))
        total = alpha * total + p.sum(dim=-1)
        acc = alpha.unsqueeze(-1) * acc + p @ v[..., start:stop, :]
        m = new_m
        step = OnlineStep(block, start, stop, scores, p, m, total, alpha, acc)
        steps.append(_drop_row_axis(step) if one_row else step)

    seen = total > 0
    safe = total.masked_fill(~seen, 1.0)
    output = acc / safe.unsqueeze(-1)
    logsumexp = m + safe.log()
    return OnlineTrace(
        steps=tuple(steps),
        output=output.squeeze(-2) if one_row else output,
        logsumexp=logsumexp.squeeze(-1) if one_row else logsumexp,
        scale=scale,
        block_size=block_size,
    )


def online_softmax(scores: Values, block_size: int) -> Tensor:
    """Return softmax over the last axis, its maximum and sum gathered block by block.

    Args:
        scores: (..., N); -inf is allowed and gets probability 0.
        block_size: numbers per block, at least 1.

    Returns:
        scores' shape; a row of nothing but -inf gives zeros.

    Example:
        >>> [round(w, 4) for w in online_softmax(torch.tensor([0.0, math.log(3.0)]), 1).tolist()]
        [0.25, 0.75]

    Source: Milakov, Gimelshein 2018, arXiv:1805.02867, algorithm 3.
    """
    scores = floating("scores", scores, min_ndim=1)
    block_size = integer("block_size", block_size, 1)
    if bool((scores.isnan() | (scores == math.inf)).any()):
        raise InputError("scores must be finite or -inf; got NaN or +inf. Check the bias.")
    m = scores.new_full(scores.shape[:-1], -math.inf)
    total = scores.new_zeros(scores.shape[:-1])
    shift = total
    for part in scores.split(block_size, dim=-1):
        new_m = torch.maximum(m, part.amax(dim=-1))
        shift = new_m.masked_fill(new_m == -math.inf, 0.0)
        total = torch.exp(m - shift) * total + torch.exp(part - shift.unsqueeze(-1)).sum(dim=-1)
        m = new_m
    safe = total.masked_fill(total == 0, 1.0)
    return torch.exp(scores - shift.unsqueeze(-1)) / safe.unsqueeze(-1)


def _drop_row_axis(step: OnlineStep) -> OnlineStep:
    return OnlineStep(
        block=step.block,
        start=step.start,
        stop=step.stop,
        scores=step.scores.squeeze(-2),
        p=step.p.squeeze(-2),
        m=step.m.squeeze(-1),
        l=step.l.squeeze(-1),
        alpha=step.alpha.squeeze(-1),
        acc=step.acc.squeeze(-2),
    )
