"""Shapes of transformers, the table of published ones, and einsum."""

from core.shapes.block import TensorShape, block_shapes
from core.shapes.count import PRINTED, Growth, ParameterCount, growth, parameter_count
from core.shapes.einsum import EinsumTrace, Iteration, einsum, iteration, parse_einsum
from core.shapes.known_models import KNOWN_MODELS
from core.shapes.model_shape import LatentAttention, ModelShape

__all__ = [
    "KNOWN_MODELS",
    "PRINTED",
    "EinsumTrace",
    "Growth",
    "Iteration",
    "LatentAttention",
    "ModelShape",
    "ParameterCount",
    "TensorShape",
    "block_shapes",
    "einsum",
    "growth",
    "iteration",
    "parameter_count",
    "parse_einsum",
]
