"""The size of a mixture of experts: total and active parameters, FLOPs per token.

Everything is counted from the shape (widths, layers, experts), never looked up, so that a page can
change any of them; `core.shapes.KNOWN_MODELS` has shapes to start from.
FLOPs: a multiply-add counts 2, forward pass only (training costs about three times that).
Sources: Kaplan et al. 2020, arXiv:2001.08361, section 2.1 (2 FLOPs per weight and token); each
known shape names its own.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from core import checks
from core.errors import InputError
from core.shapes import ModelShape


@dataclass(frozen=True, slots=True)
class MoESize:
    """What a shape costs; parameters in single numbers, FLOPs per token of a forward pass.

    `total` = embedding + attention + norms + router + shared + dense_ffn + experts + extra;
    `active` has `experts_active` in place of `experts`.
    """

    total: int
    active: int
    embedding: int
    attention: int
    norms: int
    router: int
    shared: int
    dense_ffn: int
    experts: int
    experts_active: int
    extra: int
    flops_per_token: int
    weight_flops: int
    attention_flops: int


@dataclass(frozen=True, slots=True)
class EqualFlops:
    """A sparse model, and the dense one with the same FLOPs per token."""

    sparse: MoESize
    dense: MoESize
    dense_shape: ModelShape
    parameter_ratio: float
    flops_ratio: float


def moe_parameters(shape: ModelShape, context: int = 0) -> MoESize:
    """Count parameters, active parameters and FLOPs per token from a model's shape.

    Args:
        shape: the sizes; `dataclasses.replace(shape, num_experts=64)` changes one of them.
        context: tokens that the new token attends to; 0 leaves attention scores out of the FLOPs.

    Returns:
        A `MoESize`. The input embedding counts as active (as published figures do) but costs no
        FLOPs, because it is a look-up.

    Raises:
        ValueError: a size out of its range.

    Example:
        >>> from core.moe import KNOWN_MODELS
        >>> size = moe_parameters(KNOWN_MODELS["Mixtral 8x7B"])
        >>> f"{size.total / 1e9:.1f} {size.active / 1e9:.1f}"
        '46.7 12.9'

    Source: the shapes' own papers; 2 FLOPs per weight from Kaplan et al. 2020, table 1.
    """
    _check_shape(shape)
    checks.integer("context", context, 0)
    d = shape.dim
    blocks = shape.layers + shape.cross_layers  # how many attentions there are
    moe_layers = shape.layers - shape.dense_layers
    expert = shape.ffn_matrices * d * shape.expert_dim

    matrix = shape.vocab_size * d
    embedding = matrix if shape.tied else 2 * matrix
    attention = blocks * _attention(shape)
    norms = d * (shape.layers * shape.norms_per_block + shape.cross_layers + shape.final_norms)
    norms += shape.layers * shape.qk_norm
    router = moe_layers * shape.num_experts * d if shape.num_experts > 1 else 0
    shared = moe_layers * shape.num_shared * expert
    dense_ffn = shape.dense_layers * shape.ffn_matrices * d * shape.dense_dim
    experts = moe_layers * shape.num_experts * expert
    experts_active = moe_layers * shape.top_k * expert

    common = embedding + attention + norms + router + shared + dense_ffn + shape.extra
    weights = matrix + attention + router + shared + dense_ffn + experts_active
    head_dims = shape.num_heads * _score_and_value_dims(shape)
    attention_flops = 2 * blocks * context * head_dims
    return MoESize(
        total=common + experts,
        active=common + experts_active,
        embedding=embedding,
        attention=attention,
        norms=norms,
        router=router,
        shared=shared,
        dense_ffn=dense_ffn,
        experts=experts,
        experts_active=experts_active,
        extra=shape.extra,
        flops_per_token=2 * weights + attention_flops,
        weight_flops=2 * weights,
        attention_flops=attention_flops,
    )


def dense_at_equal_flops(shape: ModelShape, context: int = 0) -> EqualFlops:
    """Return the dense model with equal FLOPs per token: one FFN as wide as all active experts.

    Args:
        shape: a sparse model.
        context: as in `moe_parameters`.

    Returns:
        `EqualFlops`; `parameter_ratio` is sparse / dense total, `flops_ratio` sparse / dense (just
        above 1: the router itself).

    Raises:
        ValueError: a size out of its range.

    Example:
        >>> from core.moe import KNOWN_MODELS
        >>> pair = dense_at_equal_flops(KNOWN_MODELS["Mixtral 8x7B"])
        >>> round(pair.parameter_ratio, 2), round(pair.flops_ratio, 3)
        (3.63, 1.0)
    """
    dense_shape = replace(
        shape,
        name=f"dense twin of {shape.name}",
        expert_dim=shape.expert_dim * (shape.top_k + shape.num_shared),
        num_experts=1,
        top_k=1,
        num_shared=0,
        extra=0,
        published_total=None,
        published_active=None,
        source="computed",
    )
    sparse, dense = moe_parameters(shape, context), moe_parameters(dense_shape, context)
    return EqualFlops(
        sparse=sparse,
        dense=dense,
        dense_shape=dense_shape,
        parameter_ratio=sparse.total / dense.total,
        flops_ratio=sparse.flops_per_token / dense.flops_per_token,
    )


def _attention(shape: ModelShape) -> int:
    """Count the weights of one attention, without biases."""
    d, heads = shape.dim, shape.num_heads
    latent = shape.latent
    if latent is None:
        return d * shape.head_dim * (2 * heads + 2 * shape.num_kv_heads)
    key = latent.nope_dim + latent.rope_dim
    query = d * latent.q_rank + latent.q_rank * heads * key
    compressed = d * (latent.kv_rank + latent.rope_dim)
    expanded = latent.kv_rank * heads * (latent.nope_dim + latent.value_dim)
    return query + compressed + expanded + heads * latent.value_dim * d


def _score_and_value_dims(shape: ModelShape) -> int:
    """Count the multiply-adds per head and attended token: the score and the weighted value."""
    if shape.latent is None:
        return 2 * shape.head_dim
    return shape.latent.nope_dim + shape.latent.rope_dim + shape.latent.value_dim


def _check_shape(shape: ModelShape) -> None:
    if not isinstance(shape, ModelShape):
        raise InputError(
            "shape must be a ModelShape; got {got}.",
            got=checks.short(shape),
        )
    at_least_one = [
        "layers",
        "dim",
        "vocab_size",
        "num_heads",
        "num_kv_heads",
        "head_dim",
        "expert_dim",
        "num_experts",
        "top_k",
    ]
    for field in fields(shape):
        value = getattr(shape, field.name)
        if field.type == "int":
            checks.integer(field.name, value, 1 if field.name in at_least_one else 0)
    checks.integer("top_k", shape.top_k, 1, shape.num_experts)
    checks.integer("dense_layers", shape.dense_layers, 0, shape.layers)
    checks.integer("ffn_matrices", shape.ffn_matrices, 2, 3)
