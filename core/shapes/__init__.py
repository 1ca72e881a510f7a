"""Shapes of transformers, and the table of published ones."""

from core.shapes.known_models import KNOWN_MODELS
from core.shapes.model_shape import LatentAttention, ModelShape

__all__ = ["KNOWN_MODELS", "LatentAttention", "ModelShape"]
