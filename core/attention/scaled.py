"""Scaled dot-product attention, with every intermediate kept."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from core.attention.masks import check_mask
from core.checks import floating, integer, number
from core.errors import InputError


@dataclass(frozen=True, slots=True)
class AttentionTrace:
    """What attention computed, stage by stage; H query heads, or no head axis where none came in.

    `scores` are q·k times `scale`; `masked_scores` have the bias added and -inf where the mask
    forbids; `weights` are their softmax; `output` mixes the values. `MultiHeadSelfAttention` fills
    the fields after `scale` too, and its `output` is the projected (B, T, D).
    """

    q: Tensor  # (..., H, Tq, d)
    k: Tensor  # (..., Hkv, Tk, d)
    v: Tensor  # (..., Hkv, Tk, dv)
    mask: Tensor | None  # broadcasts to (..., H, Tq, Tk)
    bias: Tensor | None  # broadcasts to (..., H, Tq, Tk)
    scores: Tensor  # (..., H, Tq, Tk)
    masked_scores: Tensor  # (..., H, Tq, Tk)
    weights: Tensor  # (..., H, Tq, Tk)
    output: Tensor  # (..., H, Tq, dv), or (B, T, D) after the output projection
    scale: float
    x: Tensor | None = None  # (B, T, D)
    head_output: Tensor | None = None  # (B, H, T, D/H), zero for a head switched off
    merged: Tensor | None = None  # (B, T, D), the heads side by side before the last projection
    heads_on: Tensor | None = None  # (H,) bool


def attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Tensor | None = None,
    scale: float | None = None,
    *,
    bias: Tensor | None = None,
) -> AttentionTrace:
    """Mix the values by how well each query matches each key: softmax(q·kᵀ·scale)·v.

    With a head axis, k and v may have fewer heads than q (grouped-query attention): query head h
    then uses key head h // (H / Hkv), without a copy of the keys. Differentiable.

    Args:
        q: (..., Tq, d).
        k: (..., Tk, d).
        v: (..., Tk, dv).
        mask: bool, broadcastable to the scores, True = may attend. A row that may attend to
            nothing gets weights 0 and output 0.
        scale: None means 1/√d.
        bias: added to the scaled scores before the mask, as ALiBi does; same broadcasting.

    Returns:
        The trace; `.output` is (..., Tq, dv).

    Raises:
        ValueError: when shapes or dtypes do not fit, or the numbers in q, k, v are not finite.

    Example:
        >>> q = k = torch.eye(2)
        >>> v = torch.tensor([[1.0], [3.0]])
        >>> t = attention(q, k, v, scale=math.log(3.0))  # weights 3:1 on the diagonal
        >>> [round(o, 4) for o in t.output[:, 0].tolist()]
        [1.5, 2.5]

    Source: Vaswani et al. 2017, arXiv:1706.03762, equation 1; groups: Ainslie et al. 2023 (GQA),
    arXiv:2305.13245, section 2.2.
    """
    q, k, v, groups = check_qkv(q, k, v)
    scale = q.shape[-1] ** -0.5 if scale is None else number("scale", scale)
    scores = grouped_matmul(q * scale, k.transpose(-2, -1), groups)
    biased = scores if bias is None else add_bias(scores, bias)
    if mask is None:
        masked, weights = biased, torch.softmax(biased, dim=-1)
    else:
        mask = check_mask(mask, scores.shape)
        masked = torch.where(mask, biased, -math.inf)
        weights = safe_softmax(masked, mask)
    output = grouped_matmul(weights, v, groups)
    check_finite(output, {"q": q, "k": k, "v": v})
    return AttentionTrace(
        q=q,
        k=k,
        v=v,
        mask=mask,
        bias=bias,
        scores=scores,
        masked_scores=masked,
        weights=weights,
        output=output,
        scale=scale,
    )


def safe_softmax(masked_scores: Tensor, mask: Tensor) -> Tensor:
    """Softmax over the last axis; a row whose mask is all False gets zeros, not 0/0.

    Args:
        masked_scores: (..., Tq, Tk), -inf where the mask is False.
        mask: bool, broadcastable to it.

    Returns:
        (..., Tq, Tk): rows sum to 1, or to 0 where nothing may be attended to. The gradient of
        such a row is 0 too.
    """
    dead = ~mask.any(dim=-1, keepdim=True)
    if not bool(dead.any()):
        return torch.softmax(masked_scores, dim=-1)
    return torch.softmax(masked_scores.masked_fill(dead, 0.0), dim=-1).masked_fill(dead, 0.0)


def repeat_kv(x: Tensor, groups: int) -> Tensor:
    """Repeat each key or value head for the `groups` query heads that share it.

    Args:
        x: (..., Hkv, T, d).
        groups: query heads per key head, H / Hkv.

    Returns:
        (..., Hkv · groups, T, d): head 0 `groups` times, then head 1, ...; a copy. `attention`
        needs no repeating.

    Example:
        >>> repeat_kv(torch.tensor([[[1.0]], [[2.0]]]), 2).flatten().tolist()
        [1.0, 1.0, 2.0, 2.0]
    """
    x = floating("x", x, min_ndim=3)
    return x.repeat_interleave(integer("groups", groups, 1), dim=-3)


def grouped_matmul(left: Tensor, right: Tensor, groups: int) -> Tensor:
    """Multiply matrices where `groups` consecutive heads of `left` share one head of `right`.

    Args:
        left: (..., H, T, n).
        right: (..., H / groups, n, m).
        groups: 1 for equal head counts (or no head axis at all).

    Returns:
        (..., H, T, m). The sharing heads' rows are stacked into one taller matrix, so the keys
        are read once per group and never copied.
    """
    if groups == 1:
        return left @ right
    *batch, heads, rows, inner = left.shape
    tall = left.reshape(*batch, heads // groups, groups * rows, inner) @ right
    return tall.reshape(*tall.shape[:-3], heads, rows, right.shape[-1])


def add_bias(scores: Tensor, bias: Tensor) -> Tensor:
    """Return scores + bias, refusing a bias that would enlarge the scores."""
    bias = floating("bias", bias)
    if bias.ndim > scores.ndim or any(
        have not in (1, want)
        for have, want in zip(bias.shape[::-1], scores.shape[::-1], strict=False)
    ):
        raise InputError(
            "bias must broadcast to the scores' shape {expected}; got {got}.",
            expected=tuple(scores.shape),
            got=tuple(bias.shape),
        )
    return scores + bias.to(scores.dtype)


def check_qkv(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor, Tensor, int]:
    """Return q, k, v and the query heads per key head, or say which shape does not fit."""
    q, k, v = (floating(n, t, min_ndim=2) for n, t in (("q", q), ("k", k), ("v", v)))
    if not q.dtype == k.dtype == v.dtype:
        raise InputError(
            "q, k and v must have one dtype; got {q_dtype}, {k_dtype}, {v_dtype}.",
            q_dtype=q.dtype,
            k_dtype=k.dtype,
            v_dtype=v.dtype,
        )
    if q.shape[-1] != k.shape[-1]:
        raise InputError(
            "q and k must end in the same head size d; got {q_size} and {k_size}.",
            q_size=q.shape[-1],
            k_size=k.shape[-1],
        )
    if k.shape[-2] != v.shape[-2]:
        raise InputError(
            "k and v must have one row per key; got {k_rows} and {v_rows} rows.",
            k_rows=k.shape[-2],
            v_rows=v.shape[-2],
        )
    groups = 1
    if min(q.ndim, k.ndim, v.ndim) >= 3 and q.shape[-3] != k.shape[-3]:
        heads, shared = q.shape[-3], k.shape[-3]
        if heads % shared or v.shape[-3] != shared:
            raise InputError(
                "q's {heads} heads must be a multiple of k's and v's equal head "
                "counts; got {shared} and {got}.",
                heads=heads,
                shared=shared,
                got=v.shape[-3],
            )
        groups = heads // shared
    try:
        batches = [t.shape[:-3] if groups > 1 else t.shape[:-2] for t in (q, k, v)]
        torch.broadcast_shapes(*batches)
    except RuntimeError as error:
        raise InputError(
            "The leading axes of q, k and v must broadcast; got shapes {q_shape}, "
            "{k_shape}, {v_shape}.",
            q_shape=tuple(q.shape),
            k_shape=tuple(k.shape),
            v_shape=tuple(v.shape),
        ) from error
    return q, k, v, groups


def check_finite(output: Tensor, inputs: dict[str, Tensor]) -> None:
    """Raise where a NaN or an infinity of the inputs reached the output."""
    if bool(torch.isfinite(output).all()):
        return
    for name, tensor in inputs.items():
        if not bool(torch.isfinite(tensor).all()):
            raise InputError(
                "{name} must hold finite numbers; it contains NaN or infinity. Replace "
                "or remove them.",
                name=name,
            )
    raise InputError(
        "The scores overflow {dtype}: q·k is too large. Use smaller numbers or a smaller scale.",
        dtype=output.dtype,
    )
