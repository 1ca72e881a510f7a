"""The size of a model's KV cache at a given context, and three ways to get it wrong."""

from __future__ import annotations

from dataclasses import dataclass

from core.attention import kv_cache_bytes
from core.checks import integer, number, short
from core.errors import InputError
from core.provenance import Printed
from core.shapes import KNOWN_MODELS, ModelShape

#: Rows of `core.shapes.KNOWN_MODELS` that differ in what a token leaves in the cache.
CACHE_MODELS = (
    "GPT-2",
    "SmolLM2-135M",
    "Falcon-7B",
    "Llama-2-7B",
    "Llama-3-8B",
    "Mistral-7B",
    "Qwen3-0.6B",
    "Gemma-3-27B",
    "DeepSeek-V3",
)

#: What a rolling buffer of 4,096 tokens saves at 32k tokens.
MISTRAL_SAVING = Printed("8", "Jiang et al. (2023), arXiv:2310.06825", "section 2", "×")
#: DeepSeek-V2 against DeepSeek-67B, per token; V2's cache has 6 bits per number (section 3.2.3).
DEEPSEEK_SAVING = Printed("93.3", "DeepSeek-AI (2024), arXiv:2405.04434", "abstract", "%")


def mistral_saving() -> float:
    """Return how many times as large Mistral-7B's cache would be at 32k tokens without a window."""
    size = cache_size("Mistral-7B", 32 * 1024)
    return size.all_global / size.bytes


def deepseek_saving(bits: float) -> float:
    """Return by how many per cent DeepSeek-V2's cache per token is below DeepSeek-67B's.

    Args:
        bits: per number of DeepSeek-V2's cache; DeepSeek-67B's has 16.

    Example:
        >>> round(deepseek_saving(16), 1), round(deepseek_saving(6), 1)
        (82.2, 93.3)
    """
    new, old = (cache_size(name, 1) for name in ("DeepSeek-V2", "DeepSeek-67B"))
    return 100 * (1 - new.bytes * number("bits", bits, 0) / (old.bytes * 16))


@dataclass(frozen=True, slots=True)
class CacheSize:
    """The KV cache of one sequence.

    Attributes:
        name: the model.
        kind: "MHA", "GQA", "MQA" or "MLA".
        context: tokens N.
        global_layers: layers that keep all N tokens.
        local_layers: layers that keep the last `window` tokens.
        local_tokens: tokens in the cache of a local layer, min(N, window); N without a window.
        numbers: numbers that one token leaves in one layer's cache.
        bytes_per_value: bytes of one of them.
        token_bytes: bytes that one more token adds while no window is full.
        bytes: the whole cache.
        by_width: the same with a head size of dim / heads, the first wrong guess; equal to `bytes`
            where that is the head size, and for MLA, which caches no heads.
        all_global: the same if every layer kept all N tokens, the second.
        uncompressed: the same if every query head had keys and values of its own (MHA), the third.
    """

    name: str
    kind: str
    context: int
    global_layers: int
    local_layers: int
    local_tokens: int
    numbers: int
    bytes_per_value: int
    token_bytes: int
    bytes: int
    by_width: int
    all_global: int
    uncompressed: int


def cache_size(shape: ModelShape | str, context: int, bytes_per_value: int = 2) -> CacheSize:
    """Return the KV cache of one sequence: numbers per token and layer · tokens kept · bytes.

    A layer of multi-head attention keeps keys and values of `num_kv_heads` heads, 2 · heads · head
    size numbers per token. Multi-head latent attention keeps one vector that keys and values are
    computed from, and the rotated part of the key that all heads share. A layer with a sliding
    window keeps at most `window` tokens.

    Args:
        shape: a decoder's shape, or the name of one in `core.shapes.KNOWN_MODELS`.
        context: tokens N in the cache, at least 1.
        bytes_per_value: 2 for fp16 and bf16, 1 for fp8, 4 for fp32.

    Returns:
        The size and its parts.

    Raises:
        InputError: for an unknown name, an encoder-decoder, or numbers below 1.

    Example:
        >>> round(cache_size("Qwen3-0.6B", 40960).bytes / 2**30, 2)
        4.38

    Source: Pope et al. 2022, arXiv:2211.05102, section 2.2; sliding window: Jiang et al. 2023,
    arXiv:2310.06825, section 2; MLA: DeepSeek-V2, arXiv:2405.04434, section 2.1.
    """
    shape = _shape(shape)
    context, width = integer("context", context, 1), integer("bytes_per_value", bytes_per_value, 1)
    local_tokens = min(context, shape.window or context)
    kept = (shape.layers - shape.local_layers) * context + shape.local_layers * local_tokens
    latent = shape.latent

    def layer_token(kv_heads: int, head_dim: int) -> int:
        return kv_cache_bytes(1, kv_heads, head_dim, width)

    own = layer_token(shape.num_kv_heads, shape.head_dim)
    guess = layer_token(shape.num_kv_heads, max(1, shape.dim // shape.num_heads))
    full = layer_token(shape.num_heads, shape.head_dim)
    kind = "MHA" if shape.num_kv_heads == shape.num_heads else "GQA"
    kind = "MQA" if shape.num_kv_heads == 1 else kind
    if latent is not None:
        kind, own = "MLA", (latent.kv_rank + latent.rope_dim) * width
        guess = own
        full = shape.num_heads * (shape.head_dim + latent.value_dim) * width
    return CacheSize(
        name=shape.name,
        kind=kind,
        context=context,
        global_layers=shape.layers - shape.local_layers,
        local_layers=shape.local_layers,
        local_tokens=local_tokens,
        numbers=own // width,
        bytes_per_value=width,
        token_bytes=own * shape.layers,
        bytes=own * kept,
        by_width=guess * kept,
        all_global=own * shape.layers * context,
        uncompressed=full * kept,
    )


def _shape(shape: ModelShape | str) -> ModelShape:
    if isinstance(shape, str):
        if shape not in KNOWN_MODELS:
            raise InputError(
                "shape must be a model of core.shapes.KNOWN_MODELS or its name; got {got}.",
                got=short(shape),
            )
        shape = KNOWN_MODELS[shape]
    if shape.cross_layers:
        raise InputError(
            "shape must be a decoder; {name} is an encoder–decoder, which also caches the keys and "
            "values of its cross-attention.",
            name=shape.name,
        )
    return shape
