"""Small random Llama models, as transformers has them and as GGUF files."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from core.tokenizers.alphabet import byte_alphabet

SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MERGES = ["h e", "l l", "he ll", "Ġ w"]  # on letters: "hell" is one token, "Ġw" another


def byte_level_tokens() -> list[str]:
    return [*SPECIALS, *sorted(byte_alphabet()), *(m.replace(" ", "") for m in MERGES)]


@dataclass
class Tiny:
    """Sizes that are prime or share no factor where that is possible; V = 263."""

    embed_dim: int = 42
    hidden_dim: int = 53
    layers: int = 3
    heads: int = 6
    kv_heads: int = 2
    head_dim: int = 10
    vocab: int = 263
    context: int = 64
    base: float = 777.0
    tied: bool = False
    rope: dict[str, Any] = field(default_factory=dict)  # transformers' rope_parameters

    def transformer(self) -> LlamaForCausalLM:
        torch.manual_seed(11)
        config = LlamaConfig(
            vocab_size=self.vocab,
            hidden_size=self.embed_dim,
            intermediate_size=self.hidden_dim,
            num_hidden_layers=self.layers,
            num_attention_heads=self.heads,
            num_key_value_heads=self.kv_heads,
            head_dim=self.head_dim,
            max_position_embeddings=self.context,
            rope_parameters={"rope_type": "default", "rope_theta": self.base} | self.rope,
            rms_norm_eps=1e-5,
            tie_word_embeddings=self.tied,
            initializer_range=0.3,
            attn_implementation="eager",  # ty: ignore[unknown-argument]
        )
        model = LlamaForCausalLM(config).eval()
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if "norm" in name:  # ones would hide a norm applied in the wrong place
                    parameter.uniform_(0.5, 1.5)
        return model

    def tensors(self, model: LlamaForCausalLM) -> dict[str, np.ndarray]:
        names = {
            "self_attn.q_proj": "attn_q",
            "self_attn.k_proj": "attn_k",
            "self_attn.v_proj": "attn_v",
            "self_attn.o_proj": "attn_output",
            "mlp.gate_proj": "ffn_gate",
            "mlp.up_proj": "ffn_up",
            "mlp.down_proj": "ffn_down",
            "input_layernorm": "attn_norm",
            "post_attention_layernorm": "ffn_norm",
        }
        result = {}
        for name, value in model.state_dict().items():
            array = value.detach().numpy()
            if name == "model.embed_tokens.weight":
                result["token_embd.weight"] = array
            elif name == "model.norm.weight":
                result["output_norm.weight"] = array
            elif name == "lm_head.weight":
                if not self.tied:
                    result["output.weight"] = array
            else:
                _, _, layer, rest = name.split(".", 3)
                short = names[rest.removesuffix(".weight")]
                if short in ("attn_q", "attn_k"):
                    heads = self.heads if short == "attn_q" else self.kv_heads
                    array = halves_to_neighbors(array, heads)
                result[f"blk.{layer}.{short}.weight"] = array
        return result

    def metadata(self) -> dict[str, Any]:
        return {
            "llama.block_count": self.layers,
            "llama.context_length": self.context,
            "llama.embedding_length": self.embed_dim,
            "llama.feed_forward_length": self.hidden_dim,
            "llama.attention.head_count": self.heads,
            "llama.attention.head_count_kv": self.kv_heads,
            "llama.attention.key_length": self.head_dim,
            "llama.attention.value_length": self.head_dim,
            "llama.rope.dimension_count": self.head_dim,
            "llama.rope.freq_base": self.base,
            "llama.attention.layer_norm_rms_epsilon": 1e-5,
            "llama.vocab_size": self.vocab,
            "tokenizer.ggml.model": "gpt2",
            "tokenizer.ggml.pre": "smollm",
            "tokenizer.ggml.tokens": byte_level_tokens(),
            "tokenizer.ggml.token_type": [3] * len(SPECIALS) + [1] * (self.vocab - len(SPECIALS)),
            "tokenizer.ggml.merges": list(MERGES),
            "tokenizer.ggml.eos_token_id": 2,
        }


def halves_to_neighbors(weight: np.ndarray, heads: int) -> np.ndarray:
    """Reorder rows from transformers' pairs (i, i + d/2) to GGUF's pairs (2i, 2i + 1)."""
    out, into = weight.shape
    return weight.reshape(heads, 2, out // heads // 2, into).swapaxes(1, 2).reshape(out, into)


def write_gguf(
    path: Path,
    metadata: dict[str, Any],
    tensors: dict[str, np.ndarray],
    *,
    architecture: str = "llama",
    quantization: Callable[[str], gguf.GGMLQuantizationType] | None = None,
) -> Path:
    writer = gguf.GGUFWriter(path, architecture)
    for key, value in metadata.items():
        if isinstance(value, bool):
            writer.add_bool(key, value)
        elif isinstance(value, int):
            writer.add_uint32(key, value)
        elif isinstance(value, float):
            writer.add_float32(key, value)
        elif isinstance(value, str):
            writer.add_string(key, value)
        else:
            writer.add_array(key, value)
    for name, array in tensors.items():
        kind = gguf.GGMLQuantizationType.F32 if quantization is None else quantization(name)
        if kind == gguf.GGMLQuantizationType.F32:
            writer.add_tensor(name, np.ascontiguousarray(array, np.float32))
        else:
            writer.add_tensor(name, gguf.quantize(array, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def llama3_factors(head_dim: int, base: float, rope: dict[str, Any]) -> np.ndarray:
    """The divisor of each frequency, wavelength by wavelength, as GGUF files store them."""
    factors = []
    trained = rope["original_max_position_embeddings"]
    low, high = rope["low_freq_factor"], rope["high_freq_factor"]
    for pair in range(head_dim // 2):
        wavelength = 2 * math.pi * base ** (2 * pair / head_dim)
        if wavelength < trained / high:
            factors.append(1.0)
        elif wavelength > trained / low:
            factors.append(rope["factor"])
        else:
            smooth = (trained / wavelength - low) / (high - low)
            factors.append(1 / ((1 - smooth) / rope["factor"] + smooth))
    return np.array(factors, np.float32)
