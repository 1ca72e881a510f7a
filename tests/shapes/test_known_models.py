"""The table of published shapes: its counts against the papers and against transformers."""

import pytest
import torch
import transformers

from core import activations, attention, moe
from core.shapes import KNOWN_MODELS


@pytest.mark.parametrize("name", KNOWN_MODELS)
def test_counts_agree_with_what_is_published(name: str) -> None:
    shape = KNOWN_MODELS[name]
    assert shape.name == name
    assert shape.source
    if shape.published_total is None:
        return
    # Switch rounds 7.4 to "7B"; the first Transformer's vocabulary is "about 37000"; T5 and BERT
    # are stated to two digits. The others are good to half a percent.
    loose = {"Switch-Base 128": 0.06, "Transformer base": 0.035, "T5 1.0 base": 0.015}
    loose |= {"Qwen3-0.6B": 0.01, "DeepSeek-67B": 0.007}
    total = moe.moe_parameters(shape).total / 1e9
    assert total == pytest.approx(shape.published_total, rel=loose.get(name, 0.006))


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("GPT-2", 124_439_808),
        ("BERT base", 109_482_240),
        ("T5 1.0 base", 222_903_552),
        ("T5 1.1 base", 247_577_856),
        ("SmolLM2-135M", 134_515_008),
    ],
)
def test_small_models_are_counted_to_the_last_parameter(name: str, parameters: int) -> None:
    assert moe.moe_parameters(KNOWN_MODELS[name]).total == parameters


@pytest.mark.parametrize(
    ("name", "model", "config"),
    [
        ("GPT-2", "GPT2Model", transformers.GPT2Config()),
        ("BERT base", "BertModel", transformers.BertConfig()),
        ("Falcon-7B", "FalconForCausalLM", transformers.FalconConfig()),
        ("Mistral-7B", "MistralForCausalLM", transformers.MistralConfig()),
    ],
)
def test_counts_equal_the_library_s_default_model(name: str, model: str, config: object) -> None:
    with torch.device("meta"):
        network = getattr(transformers, model)(config)
    counted = sum(p.numel() for p in set(network.parameters()))
    assert moe.moe_parameters(KNOWN_MODELS[name]).total == counted


def test_views_are_rows_of_the_table() -> None:
    for shape in attention.KNOWN_SHAPES:
        row = KNOWN_MODELS[shape.name]
        assert (shape.num_layers, shape.num_heads) == (row.layers, row.num_heads)
        assert (shape.num_kv_heads, shape.head_dim) == (row.num_kv_heads, row.head_dim)
    for ffn in activations.KNOWN_FFNS:
        row = KNOWN_MODELS[ffn.name]
        assert (ffn.dim, ffn.hidden_dim, ffn.gated) == (row.dim, row.expert_dim, row.gated)
    rows = {(row.layers, row.dim, row.source) for row in KNOWN_MODELS.values()}
    assert {(row.layers, row.dim, row.source) for row in moe.KNOWN_MODELS.values()} <= rows
