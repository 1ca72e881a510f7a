"""The weights of a Llama-architecture model, under the names that GGUF gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from torch import Tensor

from core.lm.config import ModelConfig
from core.lm.errors import ModelError


@dataclass(frozen=True, slots=True)
class BlockWeights:
    """One transformer block; matrices are (out, in), as `torch.nn.functional.linear` takes them."""

    attn_norm: Tensor  # (D,)
    attn_q: Tensor  # (H·d, D), rows ordered so that RoPE rotates neighbors
    attn_k: Tensor  # (Hkv·d, D), ordered likewise
    attn_v: Tensor  # (Hkv·d, D)
    attn_output: Tensor  # (D, H·d)
    ffn_norm: Tensor  # (D,)
    ffn_gate: Tensor  # (F, D)
    ffn_up: Tensor  # (F, D)
    ffn_down: Tensor  # (D, F)


@dataclass(frozen=True, slots=True)
class ModelWeights:
    """Everything that was learned; never written to after loading, so threads may share it."""

    embedding: Tensor  # (V, D)
    blocks: tuple[BlockWeights, ...]
    output_norm: Tensor  # (D,)
    output: Tensor  # (V, D); the very same tensor as `embedding` where they are tied
    rope_factors: Tensor | None  # (d/2,), Llama 3's divisors of the RoPE frequencies

    @property
    def num_parameters(self) -> int:
        """Return how many numbers were learned; a tied output matrix counts once."""
        own = [self.embedding, self.output_norm]
        own += [] if self.output is self.embedding else [self.output]
        own += [getattr(block, field.name) for block in self.blocks for field in fields(block)]
        return sum(tensor.numel() for tensor in own)


def expected_shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """Return the name and the shape of every tensor that a model of this configuration has."""
    D, F, V = config.embed_dim, config.hidden_dim, config.vocab_size
    Q, KV = config.num_heads * config.head_dim, config.num_kv_heads * config.head_dim
    block = {
        "attn_norm": (D,),
        "attn_q": (Q, D),
        "attn_k": (KV, D),
        "attn_v": (KV, D),
        "attn_output": (D, Q),
        "ffn_norm": (D,),
        "ffn_gate": (F, D),
        "ffn_up": (F, D),
        "ffn_down": (D, F),
    }
    shapes: dict[str, tuple[int, ...]] = {"token_embd.weight": (V, D)}
    for layer in range(config.num_layers):
        shapes |= {f"blk.{layer}.{name}.weight": shape for name, shape in block.items()}
    shapes["output_norm.weight"] = (D,)
    if not config.tied_embeddings:
        shapes["output.weight"] = (V, D)
    if config.has_rope_factors:
        shapes["rope_freqs.weight"] = (config.head_dim // 2,)
    return shapes


def check_shapes(
    found: Mapping[str, tuple[int, ...]], config: ModelConfig, source: str
) -> dict[str, tuple[int, ...]]:
    """Return `expected_shapes`, or say which tensor is missing, misshapen or not understood."""
    wanted = expected_shapes(config)
    if missing := [name for name in wanted if name not in found]:
        raise ModelError(
            "{source} lacks {missing} of its {count} tensors, the first being {first}. "
            "It is incomplete: download it again.",
            source=source,
            missing=len(missing),
            count=len(wanted),
            first=missing[0],
        )
    if unknown := [name for name in found if name not in wanted]:
        raise ModelError(
            "{source} has {count} tensors that a plain Llama model lacks, the first "
            "being {first}; leaving them out would give wrong numbers. Give another GGUF.",
            source=source,
            count=len(unknown),
            first=unknown[0],
        )
    for name, shape in wanted.items():
        if tuple(found[name]) != shape:
            raise ModelError(
                "{source}: {name} has shape {got}, its metadata say {expected}. Convert "
                "or download the model again.",
                source=source,
                name=name,
                got=tuple(found[name]),
                expected=shape,
            )
    return wanted


def gather_weights(tensors: Mapping[str, Tensor], config: ModelConfig) -> ModelWeights:
    """Arrange named tensors, already checked by `check_shapes`, for the forward pass."""
    names = [field.name for field in fields(BlockWeights)]
    blocks = tuple(
        BlockWeights(**{name: tensors[f"blk.{layer}.{name}.weight"] for name in names})
        for layer in range(config.num_layers)
    )
    embedding = tensors["token_embd.weight"]
    return ModelWeights(
        embedding=embedding,
        blocks=blocks,
        output_norm=tensors["output_norm.weight"],
        output=tensors.get("output.weight", embedding),
        rope_factors=tensors.get("rope_freqs.weight"),
    )
