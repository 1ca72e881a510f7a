"""Checked shapes, from a row of the table or from a mapping of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from core.errors import InputError
from core.plain_checks import integer, short
from core.shapes.model_shape import ModelShape


def as_shape(config: ModelShape | Mapping[str, Any]) -> ModelShape:
    """Return a row of `KNOWN_MODELS`, or the shape that a mapping of its fields describes.

    Raises:
        InputError: a field that does not exist, one that is missing, or a size out of its range.
    """
    if isinstance(config, Mapping):
        known = {field.name for field in fields(ModelShape)}
        unknown = sorted(str(name) for name in config if name not in known)
        if unknown:
            raise InputError(
                "config must have fields of ModelShape; got {got}.", got=short(", ".join(unknown))
            )
        try:
            given: dict[str, Any] = {"name": "", **config}
            config = ModelShape(**given)
        except TypeError as error:
            raise InputError("config lacks fields: {error}.", error=str(error)) from error
    if not isinstance(config, ModelShape):
        raise InputError(
            "config must be a row of KNOWN_MODELS or a mapping of its fields; got {got}.",
            got=short(config),
        )
    for name in ("layers", "dim", "vocab_size", "num_heads", "num_kv_heads", "head_dim"):
        integer(name, getattr(config, name), 1)
    for name in ("expert_dim", "num_experts", "top_k"):
        integer(name, getattr(config, name), 1)
    integer("top_k", config.top_k, 1, config.num_experts)
    integer("ffn_matrices", config.ffn_matrices, 2, 3)
    if config.num_heads % config.num_kv_heads:
        raise InputError(
            "num_heads must be a multiple of num_kv_heads={kv}; got {got}.",
            kv=config.num_kv_heads,
            got=config.num_heads,
        )
    return config


def dense_twin(shape: ModelShape) -> ModelShape:
    """Return the shape of a sparse model's dense blocks."""
    return replace(shape, expert_dim=shape.dense_dim, num_experts=1, top_k=1, num_shared=0)
