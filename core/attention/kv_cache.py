"""The size of the KV cache per token, by formula and for published models."""

from __future__ import annotations

from dataclasses import dataclass

from core.checks import integer
from core.shapes import KNOWN_MODELS


@dataclass(frozen=True, slots=True)
class ModelShape:
    """The sizes that decide a model's KV cache, and where they are published."""

    name: str
    num_layers: int
    num_heads: int
    num_kv_heads: int
    head_dim: int
    source: str

    @property
    def kind(self) -> str:
        """Return "MHA", "GQA" or "MQA", by how many query heads share a key head."""
        if self.num_kv_heads == self.num_heads:
            return "MHA"
        return "MQA" if self.num_kv_heads == 1 else "GQA"

    def cache_bytes(self, bytes_per_value: int = 2) -> int:
        """Return the bytes of KV cache per token."""
        return kv_cache_bytes(self.num_layers, self.num_kv_heads, self.head_dim, bytes_per_value)


def _view(name: str) -> ModelShape:
    row = KNOWN_MODELS[name]
    return ModelShape(name, row.layers, row.num_heads, row.num_kv_heads, row.head_dim, row.source)


_NAMES = (
    "GPT-2",
    "SmolLM2-135M",
    "Falcon-7B",
    "Llama-2-7B",
    "Llama-2-70B",
    "Mistral-7B",
    "Llama-3-8B",
    "Llama-3-70B",
)

#: Rows of `core.shapes.KNOWN_MODELS`, with the columns that the KV cache needs.
KNOWN_SHAPES: tuple[ModelShape, ...] = tuple(_view(name) for name in _NAMES)


def kv_cache_bytes(
    num_layers: int, num_kv_heads: int, head_dim: int, bytes_per_value: int = 2
) -> int:
    """Return the bytes of KV cache per token: 2 · layers · kv heads · head size · bytes.

    Args:
        num_layers: L.
        num_kv_heads: key heads, as many value heads.
        head_dim: size of one head.
        bytes_per_value: 2 for fp16 and bf16, 4 for fp32, 1 for fp8.

    Returns:
        Bytes per token of one sequence; the 2 counts keys and values.

    Example:
        >>> kv_cache_bytes(32, 8, 128)  # Llama-3-8B at fp16
        131072

    Source: Pope et al. 2022, arXiv:2211.05102, section 2.2; Shazeer 2019, arXiv:1911.02150.
    """
    layers = integer("num_layers", num_layers, 1)
    heads = integer("num_kv_heads", num_kv_heads, 1)
    return (
        2
        * layers
        * heads
        * integer("head_dim", head_dim, 1)
        * integer("bytes_per_value", bytes_per_value, 1)
    )
