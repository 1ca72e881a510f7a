"""Parameter arithmetic against transformers' own models and against what their authors publish."""

from __future__ import annotations

import doctest
from dataclasses import replace
from typing import Any

import pytest
import torch
from transformers import (
    DeepseekV3Config,
    DeepseekV3ForCausalLM,
    MixtralConfig,
    MixtralForCausalLM,
    OlmoeConfig,
    OlmoeForCausalLM,
    Qwen3MoeConfig,
    Qwen3MoeForCausalLM,
    SwitchTransformersConfig,
    SwitchTransformersForConditionalGeneration,
)

from core.moe import (
    KNOWN_MODELS,
    LatentAttention,
    ModelShape,
    MoELayer,
    dense_at_equal_flops,
    moe_parameters,
    sizes,
)


def make(config_class: Any, **sizes: Any) -> Any:
    """A transformers config; the checker cannot see fields that these classes take by name."""
    return config_class(**sizes)


def counted(model_class: Any, config: Any, buffers: bool = False) -> int:
    with torch.device("meta"):
        model = model_class(config)
    extra = sum(b.numel() for n, b in model.named_buffers() if "score_correction" in n)
    return sum(p.numel() for p in model.parameters()) + (extra if buffers else 0)


def test_mixtral_to_the_last_parameter() -> None:
    config = make(
        MixtralConfig,
        vocab_size=101,
        hidden_size=28,
        intermediate_size=13,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=6,
        num_local_experts=5,
        num_experts_per_tok=2,
    )
    shape = ModelShape("m", 3, 28, 101, 4, 2, 6, 13, num_experts=5, top_k=2)
    assert moe_parameters(shape).total == counted(MixtralForCausalLM, config)


def test_qwen3_and_olmoe_to_the_last_parameter() -> None:
    config = make(
        Qwen3MoeConfig,
        vocab_size=101,
        hidden_size=28,
        moe_intermediate_size=13,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=10,
        num_experts=5,
        num_experts_per_tok=2,
        decoder_sparse_step=1,
        tie_word_embeddings=False,
    )
    shape = ModelShape("q", 3, 28, 101, 4, 2, 10, 13, num_experts=5, top_k=2, qk_norm=20)
    assert moe_parameters(shape).total == counted(Qwen3MoeForCausalLM, config)
    config = make(
        OlmoeConfig,
        vocab_size=101,
        hidden_size=28,
        intermediate_size=13,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_experts=5,
        num_experts_per_tok=2,
        tie_word_embeddings=False,
    )
    shape = ModelShape("o", 3, 28, 101, 4, 4, 7, 13, num_experts=5, top_k=2, qk_norm=56)
    assert moe_parameters(shape).total == counted(OlmoeForCausalLM, config)


def test_deepseek_v3_to_the_last_parameter() -> None:
    config = make(
        DeepseekV3Config,
        vocab_size=101,
        hidden_size=28,
        intermediate_size=17,
        moe_intermediate_size=13,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=4,
        n_shared_experts=2,
        n_routed_experts=6,
        num_experts_per_tok=2,
        n_group=2,
        topk_group=1,
        first_k_dense_replace=1,
        q_lora_rank=11,
        kv_lora_rank=7,
        qk_nope_head_dim=5,
        qk_rope_head_dim=4,
        v_head_dim=3,
    )
    shape = ModelShape(
        "d",
        layers=3,
        dim=28,
        vocab_size=101,
        num_heads=4,
        num_kv_heads=4,
        head_dim=9,
        expert_dim=13,
        num_experts=6,
        top_k=2,
        num_shared=2,
        dense_layers=1,
        dense_dim=17,
        latent=LatentAttention(q_rank=11, kv_rank=7, nope_dim=5, rope_dim=4, value_dim=3),
        qk_norm=18,
        extra=12,
    )
    assert moe_parameters(shape).total == counted(DeepseekV3ForCausalLM, config, buffers=True)


def test_switch_to_the_last_parameter() -> None:
    config = make(
        SwitchTransformersConfig,
        vocab_size=101,
        d_model=28,
        d_kv=7,
        d_ff=13,
        num_layers=4,
        num_sparse_encoder_layers=2,
        num_decoder_layers=4,
        num_sparse_decoder_layers=2,
        num_heads=4,
        num_experts=5,
    )
    shape = ModelShape(
        "s",
        layers=8,
        dim=28,
        vocab_size=101,
        num_heads=4,
        num_kv_heads=4,
        head_dim=7,
        expert_dim=13,
        num_experts=5,
        dense_layers=4,
        dense_dim=13,
        ffn_matrices=2,
        tied=True,
        cross_layers=4,
        final_norms=2,
        extra=2 * 32 * 4,
    )
    total = moe_parameters(shape).total
    assert total == counted(SwitchTransformersForConditionalGeneration, config)


@pytest.mark.parametrize("name", KNOWN_MODELS)
def test_known_models_match_what_is_published(name: str) -> None:
    shape = KNOWN_MODELS[name]
    size = moe_parameters(shape)
    assert shape.source
    assert shape.published_total is not None
    # Switch's own table rounds 7.4 to "7B"; the others are good to a third of a percent.
    tolerance = 0.06 if name == "Switch-Base 128" else 0.0035
    assert size.total / 1e9 == pytest.approx(shape.published_total, rel=tolerance)
    if shape.published_active is not None:
        # Some authors leave the input embedding out, so 2 % is as exact as "active" gets.
        assert size.active / 1e9 == pytest.approx(shape.published_active, rel=0.02)


def test_the_three_of_the_page_by_their_digits() -> None:
    def billions(name: str) -> tuple[str, str]:
        size = moe_parameters(KNOWN_MODELS[name])
        return f"{size.total / 1e9:.1f}", f"{size.active / 1e9:.1f}"

    assert billions("Mixtral 8x7B") == ("46.7", "12.9")
    assert billions("DeepSeek-V3") == ("671.0", "37.6")
    assert billions("Qwen3-30B-A3B") == ("30.5", "3.4")  # 3.35; published as 3.3


def test_parts_add_up_and_flops_by_hand() -> None:
    shape = ModelShape("tiny", 3, 2, 5, 1, 1, 2, 7, num_experts=11, top_k=2, num_shared=1)
    size = moe_parameters(shape, context=13)
    expert = 3 * 2 * 7
    assert size.experts == 3 * 11 * expert
    assert size.experts_active == 3 * 2 * expert
    assert size.shared == 3 * expert
    assert size.router == 3 * 11 * 2
    assert size.attention == 3 * 4 * 4
    assert size.embedding == 2 * 10
    parts = size.embedding + size.attention + size.norms + size.router + size.shared
    assert size.total == parts + size.experts
    assert size.active == parts + size.experts_active
    weights = 10 + size.attention + size.router + size.shared + size.experts_active
    assert size.weight_flops == 2 * weights
    assert size.attention_flops == 3 * 13 * 2 * (2 + 2)  # a score and a weighted sum per token
    assert size.flops_per_token == size.weight_flops + size.attention_flops


def test_router_and_experts_are_those_of_the_layer() -> None:
    layer = MoELayer(dim=7, hidden_dim=11, num_experts=5, top_k=2, num_shared=3)
    shape = ModelShape("one", 1, 7, 1, 1, 1, 7, 11, num_experts=5, top_k=2, num_shared=3)
    size = moe_parameters(shape)
    assert size.router + size.experts + size.shared == sum(p.numel() for p in layer.parameters())


@pytest.mark.parametrize("name", ["Mixtral 8x7B", "DeepSeek-V3", "Qwen3-30B-A3B"])
def test_dense_twin_spends_the_same_flops(name: str) -> None:
    pair = dense_at_equal_flops(KNOWN_MODELS[name], context=4096)
    assert 1.0 < pair.flops_ratio < 1.01  # the router's own products
    assert pair.parameter_ratio > 3
    assert pair.dense.total == pair.dense.active


def test_more_experts_cost_memory_not_flops() -> None:
    small = KNOWN_MODELS["Mixtral 8x7B"]
    a, b = moe_parameters(small), moe_parameters(replace(small, num_experts=16))
    assert b.experts == 2 * a.experts
    assert b.experts_active == a.experts_active
    assert b.flops_per_token - a.flops_per_token == 2 * (b.router - a.router)


def test_refuses() -> None:
    shape = KNOWN_MODELS["Mixtral 8x7B"]
    cases: list[tuple[dict[str, Any], str]] = [
        ({"top_k": 9}, "top_k must be from 1 to 8"),
        ({"layers": 0}, "layers must be at least 1"),
        ({"dense_layers": 33}, "dense_layers must be from 0 to 32"),
        ({"ffn_matrices": 4}, "ffn_matrices"),
        ({"num_shared": -1}, "num_shared"),
        ({"dim": 4096.5}, "dim must be a whole number"),
    ]
    for changes, message in cases:
        with pytest.raises(ValueError, match=message):
            moe_parameters(replace(shape, **changes))
    with pytest.raises(ValueError, match="context"):
        moe_parameters(shape, context=-1)


def test_worked_examples() -> None:
    result = doctest.testmod(sizes)
    assert (result.attempted, result.failed) == (6, 0)


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("Mixtral 8x7B", "MixtralConfig"),
        ("DeepSeek-V3", "DeepseekV3Config"),
        ("Mistral 7B (dense)", "MistralConfig"),
        ("Llama 2 7B (dense)", "LlamaConfig"),
    ],
)
def test_shapes_are_those_of_transformers(name: str, config: str) -> None:
    """The library's default configuration of each of these architectures is that very model."""
    import transformers

    theirs, ours = getattr(transformers, config)(), KNOWN_MODELS[name]
    wanted = {
        "num_hidden_layers": ours.layers,
        "hidden_size": ours.dim,
        "vocab_size": ours.vocab_size,
        "num_attention_heads": ours.num_heads,
        "num_key_value_heads": ours.num_kv_heads,
        "num_experts_per_tok": ours.top_k,
        "num_local_experts": ours.num_experts,
        "n_routed_experts": ours.num_experts,
        "n_shared_experts": ours.num_shared,
        "first_k_dense_replace": ours.dense_layers,
        "moe_intermediate_size": ours.expert_dim,
    }
    if config == "DeepseekV3Config":
        assert ours.latent is not None
        wanted |= {
            "intermediate_size": ours.dense_dim,
            "q_lora_rank": ours.latent.q_rank,
            "kv_lora_rank": ours.latent.kv_rank,
            "qk_nope_head_dim": ours.latent.nope_dim,
            "qk_rope_head_dim": ours.latent.rope_dim,
            "v_head_dim": ours.latent.value_dim,
        }
    else:
        wanted["intermediate_size"] = ours.expert_dim
    known = {field: value for field, value in wanted.items() if hasattr(theirs, field)}
    assert len(known) >= 6
    # No key heads of their own: as many as there are query heads.
    assert {field: getattr(theirs, field) or ours.num_heads for field in known} == known
