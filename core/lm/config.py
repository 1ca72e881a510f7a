"""The sizes and constants of a Llama-architecture model, read from a GGUF's metadata."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from core.errors import Sentence
from core.lm.errors import ModelError
from core.positions import RopeScaling

ARCHITECTURE = "llama"


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """The settings that the forward pass needs in addition to the weights.

    Example (the default model): 30 layers, 9 query heads on 3 key/value heads of size 64,
    D = 576, F = 1536, V = 49 152, RoPE base 100 000, trained on up to 8192 tokens.
    """

    name: str
    license: str
    vocab_size: int  # V
    embed_dim: int  # D
    hidden_dim: int  # F, inside the feed-forward network
    num_layers: int  # L
    num_heads: int  # H
    num_kv_heads: int  # Hkv, a divisor of H
    head_dim: int  # d
    context_length: int
    rope_base: float
    rope_scaling: RopeScaling | None
    norm_eps: float
    tied_embeddings: bool  # the output matrix is the embedding matrix
    has_rope_factors: bool  # Llama 3: a tensor divides the frequencies, one factor per pair

    @property
    def kv_bytes_per_token(self) -> int:
        """Return the KV cache's bytes per token: 2 (k and v) · L · Hkv · d · 4 (float32)."""
        return 2 * self.num_layers * self.num_kv_heads * self.head_dim * 4


def config_from_metadata(
    metadata: Mapping[str, object], tensor_names: Collection[str], source: str
) -> ModelConfig:
    """Read a `ModelConfig`, refusing what the forward pass would compute wrongly.

    Args:
        metadata: the GGUF's keys and values.
        tensor_names: the tensors that it holds.
        source: the file's name, for the sentences.

    Returns:
        The configuration.

    Raises:
        ModelError: for another architecture, a mixture of experts, partial rotation, an unknown
            RoPE scaling, or a missing or impossible value.
    """
    found = metadata.get("general.architecture")
    if found != ARCHITECTURE:
        raise ModelError(
            "{source} holds a model of architecture {found!r}; only "
            "{architecture!r} is supported (Llama, SmolLM, TinyLlama, Mistral 7B "
            "and others). Give such a GGUF.",
            source=source,
            found=found,
            architecture=ARCHITECTURE,
        )
    values = _Values(metadata, source)
    heads = values.whole("attention.head_count")
    kv_heads = values.whole("attention.head_count_kv", heads)
    embed_dim = values.whole("embedding_length")
    if heads % kv_heads:
        raise ModelError(
            "{source} has {heads} query heads and {kv_heads} key heads; the first "
            "must be a multiple of the second. Give another GGUF.",
            source=source,
            heads=heads,
            kv_heads=kv_heads,
        )
    head_dim = values.whole("attention.key_length", embed_dim // heads)
    if values.whole("rope.dimension_count", head_dim) != head_dim or head_dim % 2:
        raise ModelError(
            "{source} rotates only part of each head, which is not supported. Give another GGUF.",
            source=source,
        )
    if values.whole("attention.value_length", head_dim) != head_dim:
        raise ModelError(
            "{source} has values of another size than keys, which is not "
            "supported. Give another GGUF.",
            source=source,
        )
    if metadata.get(f"{ARCHITECTURE}.expert_count"):
        raise ModelError(
            "{source} is a mixture of experts; only dense models are supported. Give another GGUF.",
            source=source,
        )
    return ModelConfig(
        name=str(metadata.get("general.name", source)),
        license=str(metadata.get("general.license", "not stated")),
        vocab_size=values.whole("vocab_size"),
        embed_dim=embed_dim,
        hidden_dim=values.whole("feed_forward_length"),
        num_layers=values.whole("block_count"),
        num_heads=heads,
        num_kv_heads=kv_heads,
        head_dim=head_dim,
        context_length=values.whole("context_length"),
        rope_base=values.positive("rope.freq_base", 10000.0),
        rope_scaling=_rope_scaling(values),
        norm_eps=values.positive("attention.layer_norm_rms_epsilon"),
        tied_embeddings="output.weight" not in tensor_names,
        has_rope_factors="rope_freqs.weight" in tensor_names,
    )


def _rope_scaling(values: _Values) -> RopeScaling | None:
    kind = values.metadata.get(f"{ARCHITECTURE}.rope.scaling.type", "none")
    if kind == "none":
        factor = values.positive("rope.scale_linear", 1.0)  # the key of older files
        return None if factor == 1.0 else RopeScaling("linear", factor=factor)
    if kind not in ("linear", "yarn"):
        raise ModelError(
            "{source} uses RoPE scaling {kind!r}; supported are none, linear and "
            "yarn. Give another GGUF.",
            source=values.source,
            kind=kind,
        )
    trained = values.whole("rope.scaling.original_context_length", values.whole("context_length"))
    factor = values.positive("rope.scaling.factor", 1.0)
    return RopeScaling(str(kind), factor=factor, original_length=trained)


@dataclass(frozen=True, slots=True)
class _Values:
    """Checked reading of `llama.*` keys."""

    metadata: Mapping[str, object]
    source: str

    def whole(self, key: str, default: int | None = None) -> int:
        value = self.metadata.get(f"{ARCHITECTURE}.{key}", default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise self._error(key, value, Sentence("a whole number of at least 1"))
        return value

    def positive(self, key: str, default: float | None = None) -> float:
        value = self.metadata.get(f"{ARCHITECTURE}.{key}", default)
        if not isinstance(value, (int, float)) or not math.isfinite(value) or value <= 0:
            raise self._error(key, value, Sentence("a number above 0"))
        return float(value)

    def _error(self, key: str, value: object, wanted: Sentence) -> ModelError:
        name = f"{ARCHITECTURE}.{key}"
        if value is None:
            return ModelError(
                "{source}: the metadata key {key} is missing; it must be {wanted}. "
                "Convert or download the model again.",
                source=self.source,
                key=name,
                wanted=wanted,
            )
        return ModelError(
            "{source}: the metadata key {key} is {value!r}; it must be {wanted}. "
            "Convert or download the model again.",
            source=self.source,
            key=name,
            value=value,
            wanted=wanted,
        )
