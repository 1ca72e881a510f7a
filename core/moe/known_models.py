"""The rows of `core.shapes.KNOWN_MODELS` that the comparison of MoE sizes starts from."""

from __future__ import annotations

from dataclasses import replace

from core import shapes

_SPARSE = (
    "Mixtral 8x7B",
    "Mixtral 8x22B",
    "DeepSeekMoE 16B",
    "DeepSeek-V3",
    "Qwen3-30B-A3B",
    "Qwen3-235B-A22B",
    "OLMoE-1B-7B",
    "Switch-Base 128",
    "Switch-C 2048",
)
_DENSE = {"Mistral 7B (dense)": "Mistral-7B", "Llama 2 7B (dense)": "Llama-2-7B"}

KNOWN_MODELS: dict[str, shapes.ModelShape] = {
    **{name: shapes.KNOWN_MODELS[name] for name in _SPARSE},
    **{label: replace(shapes.KNOWN_MODELS[name], name=label) for label, name in _DENSE.items()},
}
