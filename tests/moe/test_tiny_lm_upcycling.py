"""The dense language model, its copying into experts, and the record of what that brought."""

from __future__ import annotations

import doctest
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from core.moe import moe_parameters, tiny_lm_upcycling
from core.moe.tiny_lm import (
    DATA,
    DOMAINS,
    MoELanguageModel,
    load_moe_lm,
)
from core.moe.tiny_lm_upcycling import (
    UpcyclingRecord,
    compare_on_text,
    load_dense_lm,
    load_upcycling_record,
    shape_of,
    upcycle_tiny_lm,
)
from training.loop import Settings, held_out_bits, stream
from training.moe_upcycling import train

TEXT = "And God said, Let there be light. 静夜思 1 + 1 = 2"


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def dense() -> MoELanguageModel:
    return load_dense_lm()


@pytest.fixture(scope="module")
def record() -> UpcyclingRecord:
    return load_upcycling_record()


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_dense_model_is_a_llama(dense: MoELanguageModel) -> None:
    config, network = dense.config, dense.network
    llama = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=config.vocab_size,
            hidden_size=config.dim,
            intermediate_size=config.expert_dim,
            num_hidden_layers=config.num_layers,
            num_attention_heads=config.num_heads,
            rms_norm_eps=1e-5,
            rope_parameters={"rope_type": "default", "rope_theta": config.rope_base},
            tie_word_embeddings=True,
        )
    ).eval()
    size = config.dim // config.num_heads
    # transformers turns pairs (i, i + size/2); ours are neighbors.
    order = torch.cat([torch.arange(0, size, 2), torch.arange(1, size, 2)])
    rows = (torch.arange(config.num_heads)[:, None] * size + order).flatten()
    own = {k.removeprefix("blocks."): v for k, v in network.state_dict().items()}
    state = {"model.embed_tokens.weight": own["embedding"], "model.norm.weight": own["final_norm"]}
    for i in range(config.num_layers):
        q, k, v = own[f"{i}.attention.qkv"].chunk(3)
        state |= {
            f"model.layers.{i}.{name}.weight": weight
            for name, weight in {
                "self_attn.q_proj": q[rows],
                "self_attn.k_proj": k[rows],
                "self_attn.v_proj": v,
                "self_attn.o_proj": own[f"{i}.attention.out"],
                "input_layernorm": own[f"{i}.attention_norm"],
                "post_attention_layernorm": own[f"{i}.moe_norm"],
                "mlp.gate_proj": own[f"{i}.moe.experts.gate_proj"][0],
                "mlp.up_proj": own[f"{i}.moe.experts.up_proj"][0],
                "mlp.down_proj": own[f"{i}.moe.experts.down_proj"][0],
            }.items()
        }
    missing = llama.load_state_dict(state, strict=False)
    assert missing.unexpected_keys == []
    assert missing.missing_keys in ([], ["lm_head.weight"])
    ids = dense.encode(TEXT)
    with torch.no_grad():
        expected = llama(torch.tensor([ids])).logits[0]
    torch.testing.assert_close(dense.trace(TEXT).logits, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("experts", "top_k"), [(2, 1), (5, 3), (8, 2)])
def test_copying_keeps_the_function(dense: MoELanguageModel, experts: int, top_k: int) -> None:
    grown = upcycle_tiny_lm(dense, experts, top_k, generator=rng())
    compared = compare_on_text(dense, grown, TEXT)
    assert compared.largest_difference < 1e-4
    torch.testing.assert_close(
        compared.experts.surprisal, compared.dense.surprisal, rtol=0, atol=1e-4, equal_nan=True
    )
    assert compared.experts.gate.shape == (4, len(compared.dense.ids), top_k)
    assert len(compared.experts.expert_index.unique()) > 1, "tokens do spread over the copies"


def test_gates_over_all_experts_change_it(dense: MoELanguageModel) -> None:
    grown = upcycle_tiny_lm(dense, 4, 2, normalize="before", generator=rng())
    compared = compare_on_text(dense, grown, TEXT)
    assert float(compared.experts.gate.sum(dim=-1).max()) < 0.9
    assert compared.largest_difference > 0.1
    everyone = upcycle_tiny_lm(dense, 4, 4, normalize="before", generator=rng())
    assert compare_on_text(dense, everyone, TEXT).largest_difference < 1e-4


def test_the_dense_model_is_left_as_it_was(dense: MoELanguageModel) -> None:
    before = {name: value.clone() for name, value in dense.network.state_dict().items()}
    grown = upcycle_tiny_lm(dense, 3, 2, generator=rng())
    with torch.no_grad():
        for parameter in grown.network.parameters():
            parameter.add_(1.0)
    assert dense.config.num_experts == 1
    assert all(torch.equal(v, before[k]) for k, v in dense.network.state_dict().items())


def test_routers_are_seeded(dense: MoELanguageModel) -> None:
    a, b, c = (upcycle_tiny_lm(dense, 3, 2, generator=rng(s)) for s in (1, 1, 2))
    assert torch.equal(a.trace(TEXT).probs, b.trace(TEXT).probs)
    assert not torch.equal(a.trace(TEXT).probs, c.trace(TEXT).probs)


def test_sizes_are_those_of_the_networks(dense: MoELanguageModel) -> None:
    counted = sum(p.numel() for p in dense.network.parameters())
    routers = 4 * 128  # of one expert: they decide nothing, and the shape has none
    assert moe_parameters(shape_of(dense.config)).total == counted - routers
    mixture = load_moe_lm()
    size = moe_parameters(shape_of(mixture.config))
    written = json.loads((DATA / "training.json").read_text(encoding="utf-8"))
    assert size.total == sum(p.numel() for p in mixture.network.parameters())
    assert (size.total, size.active) == (written["parameters"], written["active_parameters"])


def test_equal_flops(record: UpcyclingRecord) -> None:
    sizes = {name: moe_parameters(shape_of(c.config)) for name, c in record.curves.items()}
    routers = 4 * 128 * 8
    assert sizes["upcycled"].active == sizes["wide"].active + routers
    assert sizes["upcycled"].total == sizes["experts"].total > sizes["wide"].total


def test_the_record_begins_and_ends_where_it_says(record: UpcyclingRecord) -> None:
    half, end = record.copied_at, record.curves["dense"].steps[-1]
    assert half == end // 2
    for name, curve in record.curves.items():
        assert curve.steps[0] == (half if name == "upcycled" else 0)
        assert curve.steps[-1] == end
        assert set(curve.bits) == set(DOMAINS)
    upcycled, dense = record.curves["upcycled"], record.curves["dense"]
    for domain in DOMAINS:
        before = dense.bits[domain][dense.steps.index(half)]
        assert upcycled.bits[domain][0] == pytest.approx(before, abs=2e-4), (
            "copying changes nothing"
        )
        assert upcycled.bits[domain][-1] < before


def test_the_dense_weights_are_those_that_were_copied(
    dense: MoELanguageModel, record: UpcyclingRecord
) -> None:
    curve = record.curves["dense"]
    at = curve.steps.index(record.copied_at)
    for domain in ("numbers", "code"):
        bits = held_out_bits(dense.network, stream(dense.tokenizer, domain, "held-out"), 256)
        assert bits == pytest.approx(curve.bits[domain][at], abs=0.01)


def test_a_training_of_a_few_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def short(*arguments: Any) -> torch.Tensor:
        return stream(*arguments)[:300]

    monkeypatch.setattr("training.moe_upcycling.stream", short)
    settings = Settings(steps=4, sequences_per_domain=1, length=31, evaluate_every=2)
    written = json.loads(json.dumps(train(settings, tmp_path)))
    assert written["copied_at"] == 2
    assert [p["step"] for p in written["curves"]["upcycled"]["points"]] == [2, 4]
    assert [p["step"] for p in written["curves"]["dense"]["points"]] == [0, 2, 4]
    half = written["curves"]["dense"]["points"][1]["held_out_bits_per_token"]
    copied = written["curves"]["upcycled"]["points"][0]["held_out_bits_per_token"]
    assert copied == pytest.approx(half, abs=2e-4)
    (tmp_path / "upcycling.json").write_text(json.dumps(written), encoding="utf-8")
    assert load_upcycling_record(tmp_path).curves["wide"].config.expert_dim == 192


def test_refuses(dense: MoELanguageModel, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one expert a layer; this model has 8"):
        upcycle_tiny_lm(load_moe_lm(), 4, 2)
    with pytest.raises(ValueError, match="top_k"):
        upcycle_tiny_lm(dense, 2, 3)
    with pytest.raises(ValueError, match="1 to 256 tokens"):
        compare_on_text(dense, dense, "")
    with pytest.raises(ValueError, match=r"upcycling\.json is missing"):
        load_upcycling_record(tmp_path)
    with pytest.raises(ValueError, match=r"dense\.safetensors is missing"):
        load_dense_lm(tmp_path)
    for broken in ("{", "[]", '{"curves": {}}', '{"copied_at": -1, "curves": {}}'):
        (tmp_path / "upcycling.json").write_text(broken, encoding="utf-8")
        with pytest.raises(ValueError, match="not a record of upcycling"):
            load_upcycling_record(tmp_path)


def test_worked_examples() -> None:
    assert doctest.testmod(tiny_lm_upcycling).failed == 0


def test_the_mean_and_the_spread_of_the_ends(record: UpcyclingRecord) -> None:
    curve = record.curves["wide"]
    kinds = [curve.of(domain) for domain in DOMAINS]
    assert curve.of() == pytest.approx([sum(at) / 4 for at in zip(*kinds, strict=True)])
    ends = record.final("english")
    assert ends["upcycled"] == record.curves["upcycled"].bits["english"][-1]
    assert record.spread("english") == max(ends.values()) - min(ends.values()) > 0
    assert record.spread() < 0.05, "the page says that the four end close to one another"
    with pytest.raises(ValueError, match="domain must be one of"):
        curve.of("french")
