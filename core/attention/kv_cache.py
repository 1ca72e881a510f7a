"""What the KV cache costs per token, by formula and for models that everybody knows."""

from __future__ import annotations

from dataclasses import dataclass

from core.checks import integer


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
        """MHA, GQA or MQA, by how many query heads share a key head."""
        if self.num_kv_heads == self.num_heads:
            return "MHA"
        return "MQA" if self.num_kv_heads == 1 else "GQA"

    def cache_bytes(self, bytes_per_value: int = 2) -> int:
        """Return the bytes of KV cache per token."""
        return kv_cache_bytes(self.num_layers, self.num_kv_heads, self.head_dim, bytes_per_value)


KNOWN_SHAPES: tuple[ModelShape, ...] = (
    ModelShape("GPT-2", 12, 12, 12, 64, "Radford et al. 2019, table 2"),
    ModelShape("SmolLM2-135M", 30, 9, 3, 64, "HuggingFaceTB/SmolLM2-135M, config.json"),
    ModelShape("Falcon-7B", 32, 71, 1, 64, "Almazrouei et al. 2023, arXiv:2311.16867; config.json"),
    ModelShape("Llama-2-7B", 32, 32, 32, 128, "Touvron et al. 2023, arXiv:2307.09288; config.json"),
    ModelShape("Llama-2-70B", 80, 64, 8, 128, "Touvron et al. 2023, arXiv:2307.09288; config.json"),
    ModelShape("Mistral-7B", 32, 32, 8, 128, "Jiang et al. 2023, arXiv:2310.06825, table 1"),
    ModelShape("Llama-3-8B", 32, 32, 8, 128, "Dubey et al. 2024, arXiv:2407.21783, table 3"),
    ModelShape("Llama-3-70B", 80, 64, 8, 128, "Dubey et al. 2024, arXiv:2407.21783, table 3"),
)


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
