"""The small language model that ships: the record is true and the trace fits together."""

from __future__ import annotations

import doctest
import json
import math
from pathlib import Path

import pytest
import torch
from scipy.stats import entropy
from torch.nn import functional as F

from core.moe import load_statistics, specialization, specialization_from_counts, tiny_lm
from core.moe import specialization as specialization_function
from core.moe.tiny_lm import (
    DATA,
    DOMAINS,
    MoEConfig,
    MoELanguageModel,
    MoETransformer,
    load_moe_lm,
    load_texts,
    save_moe_lm,
)
from training.loop import held_out_bits

TEXTS = [
    "In the beginning was the Word.",
    "床前明月光，疑是地上霜。",
    "def f(x):\n\treturn x ** 2  # 平方\n",
    "3.14159 + 2.71828 = 5.85987",
    "👩‍👩‍👧‍👦 \x00 \u202e é",
    "   \n\n  ",
    "繁體字與生僻字：龘",
]


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def model() -> MoELanguageModel:
    return load_moe_lm()


@pytest.fixture(scope="module")
def record() -> dict:
    return json.loads((DATA / "training.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_comes_back(model: MoELanguageModel, text: str) -> None:
    ids = model.encode(text)
    assert model.decode(ids) == text
    assert model.trace(text).ids == tuple(ids)


def test_digits_stay_single_and_half_a_character_shows_as_such(model: MoELanguageModel) -> None:
    assert [model.token_text(i) for i in model.encode("2024")] == ["2", "0", "2", "4"]
    parts = model.encode("龘")
    assert len(parts) > 1
    assert all("\ufffd" in model.token_text(i) for i in parts)
    assert model.encode("\ud800") == model.encode("\ufffd" * 3)


def test_trace_fits_together(model: MoELanguageModel) -> None:
    trace = model.trace("The king said: 唐诗三百首 = 300")
    T, L, E, k = len(trace.ids), 4, 8, 2
    assert trace.expert_index.shape == trace.gate.shape == (L, T, k)
    assert trace.probs.shape == trace.router_logits.shape == (L, T, E)
    assert trace.logits.shape == (T, 4096)
    torch.testing.assert_close(trace.probs, trace.router_logits.softmax(-1))
    torch.testing.assert_close(trace.gate.sum(-1), torch.ones(L, T))
    assert torch.equal(trace.probs.topk(2).indices, trace.expert_index)
    chosen = trace.probs.gather(2, trace.expert_index)
    torch.testing.assert_close(trace.gate, chosen / chosen.sum(-1, keepdim=True))
    nats = F.cross_entropy(trace.logits[:-1], torch.tensor(trace.ids[1:]), reduction="none")
    torch.testing.assert_close(trace.surprisal[1:], nats / math.log(2))
    assert bool(trace.surprisal[:1].isnan())


def test_no_token_sees_the_future(model: MoELanguageModel) -> None:
    ids = model.encode("And God said, Let there be light")
    whole, part = model.trace(ids), model.trace(ids[:5])
    torch.testing.assert_close(whole.logits[:5], part.logits, atol=1e-4, rtol=1e-4)
    assert torch.equal(whole.expert_index[:, :5], part.expert_index)
    other = model.trace([*ids[:5], 7, *ids[6:]])
    assert not torch.equal(whole.logits[5:], other.logits[5:])


def test_it_has_learned(model: MoELanguageModel) -> None:
    def bits(text: str) -> float:
        return float(model.trace(text).surprisal[1:].mean())

    assert bits("And it came to pass in the days of the king") < 7
    assert bits("king the of days the in pass to came it And") > bits("And it came to pass") + 2
    guesses = model.trace("    def __init__(self").logits[-1].topk(2).indices.tolist()
    assert {model.token_text(token) for token in guesses} == {",", "):"}


def test_held_out_figures_are_those_of_the_record(model: MoELanguageModel, record: dict) -> None:
    for domain in ("english", "numbers"):
        ids = model.encode("\n\n".join(load_texts(domain)))
        assert len(ids) == record["held_out"][domain]["tokens"]
        bits = held_out_bits(model.network, torch.tensor(ids), 256)
        assert bits == pytest.approx(record["held_out"][domain]["bits_per_token"], abs=2e-3)
        # The trace tells the same as the training's own measure, window by window.
        first = held_out_bits(model.network, torch.tensor(ids[:251]), 251)
        assert first == pytest.approx(float(model.trace(ids[:251]).surprisal[1:].mean()), abs=1e-4)


def test_record_counts_the_parameters(model: MoELanguageModel, record: dict) -> None:
    assert record["parameters"] == sum(p.numel() for p in model.network.parameters())
    config = model.config
    expert = 3 * config.dim * config.expert_dim
    idle = config.num_layers * (config.num_experts - config.top_k) * expert
    assert record["active_parameters"] == record["parameters"] - idle
    assert record["file_bytes"] == (DATA / "model.safetensors").stat().st_size < 5_000_000
    curve = [point["held_out_bits_per_token"] for point in record["curve"]]
    assert all(curve[-1][d] < curve[0][d] - 3 for d in DOMAINS)


def test_experts_specialize_and_none_is_dead(model: MoELanguageModel, record: dict) -> None:
    texts = {domain: load_texts(domain) for domain in DOMAINS}
    result = specialization(model, texts, max_tokens=1024)
    assert result.tokens == (1024,) * 4
    assert bool((result.mutual_information > 0.25).all())
    assert bool((result.mutual_information > 50 * result.chance).all())
    for layer in result.counts:
        assert load_statistics(layer.sum(dim=1)).dead == 0
    known = torch.tensor(record["specialization"]["mutual_information_bits"])
    torch.testing.assert_close(result.mutual_information.float(), known, atol=0.1, rtol=0.0)
    untrained = torch.tensor(record["specialization"]["mutual_information_bits_untrained"])
    assert bool((known > untrained).all())


def test_specialization_statistics_against_scipy() -> None:
    counts = torch.randint(1, 50, (3, 7, 5), generator=torch.Generator().manual_seed(0)).double()
    result = specialization_from_counts(tuple("abcde"), (11,) * 5, counts)
    for layer in range(3):
        share = (counts[layer] / counts[layer].sum(0)).numpy()
        mean = share.mean(axis=1)
        expected = sum(entropy(share[:, d], mean, base=2) for d in range(5)) / 5
        assert float(result.mutual_information[layer]) == pytest.approx(expected)
        assert float(result.effective_experts[layer, 2]) == pytest.approx(
            2 ** entropy(share[:, 2], base=2)
        )
    assert result.ceiling == pytest.approx(math.log2(5))
    same = counts[:, :, :1].expand(3, 7, 5)
    flat = specialization_from_counts(tuple("abcde"), (11,) * 5, same)
    assert flat.mutual_information.tolist() == pytest.approx([0.0] * 3, abs=1e-12)
    torch.testing.assert_close(flat.lift, torch.ones(3, 7, 5, dtype=torch.float64))


def test_texts_are_split_without_overlap() -> None:
    for domain in DOMAINS:
        train, held_out = load_texts(domain, "train"), load_texts(domain)
        assert len(held_out) >= 5
        assert len(train) > 8 * len(held_out)
        whole = (DATA / f"{domain}.txt").read_text(encoding="utf-8")
        assert sum(map(len, train + held_out)) + 4 * (len(train) + len(held_out) - 1) + 1 == len(
            whole
        )
        assert len(whole.encode()) < 300_000


def test_saved_and_loaded_again(tmp_path: Path) -> None:
    config = MoEConfig(dim=8, num_layers=1, num_heads=2, expert_dim=5, num_experts=3, context=7)
    network = MoETransformer(config, torch.Generator().manual_seed(0))
    save_moe_lm(network, tmp_path)
    (tmp_path / "tokenizer.json").write_bytes((DATA / "tokenizer.json").read_bytes())
    loaded = load_moe_lm(tmp_path)
    assert loaded.config == config
    ids = torch.tensor([[5, 3, 2]])
    torch.testing.assert_close(network(ids)[0], loaded.network(ids)[0], atol=2e-3, rtol=1e-2)


def test_refuses(model: MoELanguageModel, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="1 to 256 tokens; got 0"):
        model.trace("")
    with pytest.raises(ValueError, match="1 to 256 tokens; got 257"):
        model.trace([5] * 257)
    with pytest.raises(ValueError, match="token id must be from 0 to 4095; got 4096"):
        model.trace([4096])
    with pytest.raises(ValueError, match="text must be a string"):
        model.encode(None)  # ty: ignore[invalid-argument-type]
    with pytest.raises(ValueError, match=r"model\.safetensors is missing .*`make moe`"):
        load_moe_lm(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"\x00" * 64)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ValueError, match="does not hold a readable model"):
        load_moe_lm(tmp_path)
    with pytest.raises(ValueError, match="domain must be one of"):
        load_texts("french")
    with pytest.raises(ValueError, match="two or more domains"):
        specialization(model, {"a": ["x"]})
    with pytest.raises(ValueError, match=r"texts\['b'\] must hold"):
        specialization(model, {"a": ["x"], "b": [""]})
    small = MoETransformer(MoEConfig(vocab_size=11), torch.Generator())
    with pytest.raises(ValueError, match="the model's 11 tokens; got 4096"):
        MoELanguageModel(small, model.tokenizer)


def test_worked_examples() -> None:
    assert doctest.testmod(tiny_lm).failed == 0
    module = __import__(specialization_function.__module__, fromlist=["_"])
    result = doctest.testmod(module)
    assert (result.attempted, result.failed) == (3, 0)
