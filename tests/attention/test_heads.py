from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from transformers import FalconConfig, GPT2Config, LlamaConfig, MistralConfig

from core.attention import (
    KNOWN_SHAPES,
    MultiHeadSelfAttention,
    attention,
    attention_spectrum,
    causal_mask,
    explain_cell,
    head_entropy,
    head_scores,
    induction_scores,
    induction_targets,
    kv_cache_bytes,
    kv_head_of_query,
    padding_mask,
    repeated_random_ids,
    row_entropy,
    uniform_weights,
)


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _randn(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(*shape, generator=_generator(seed), dtype=dtype)


def _rows(mask: torch.Tensor) -> list[str]:
    return ["".join(str(int(cell)) for cell in row) for row in mask]


# The multi-head layer


def test_multi_head_equals_torch_module():
    layer = MultiHeadSelfAttention(15, 3, generator=_generator()).double()
    oracle = torch.nn.MultiheadAttention(15, 3, bias=False, batch_first=True).double()
    with torch.no_grad():
        oracle.in_proj_weight.copy_(
            torch.cat([layer.q_proj.weight, layer.k_proj.weight, layer.v_proj.weight])
        )
        oracle.out_proj.weight.copy_(layer.out_proj.weight)
    x, mask = _randn(2, 7, 15), causal_mask(7)
    trace = layer(x, mask)
    # nn.MultiheadAttention's boolean mask has the opposite meaning: True = hidden
    output, weights = oracle(x, x, x, attn_mask=~mask, average_attn_weights=False)
    torch.testing.assert_close(trace.output, output)
    torch.testing.assert_close(trace.weights, weights)
    assert trace.x is x
    assert trace.q.shape == trace.k.shape == (2, 3, 7, 5)
    assert trace.output.shape == (2, 7, 15)


@pytest.mark.parametrize("kv_heads", [1, 2, 6])
def test_grouped_layer_equals_sdpa(kv_heads):
    layer = MultiHeadSelfAttention(30, 6, kv_heads, generator=_generator()).double()
    x, mask = _randn(2, 7, 30), padding_mask([7, 5], 7) & causal_mask(7)
    trace = layer(x, mask)
    q = layer.q_proj(x).view(2, 7, 6, 5).transpose(1, 2)
    k = layer.k_proj(x).view(2, 7, kv_heads, 5).transpose(1, 2)
    v = layer.v_proj(x).view(2, 7, kv_heads, 5).transpose(1, 2)
    heads = F.scaled_dot_product_attention(q, k, v, mask, enable_gqa=True)
    torch.testing.assert_close(trace.head_output, heads)
    torch.testing.assert_close(
        trace.output, heads.transpose(1, 2).reshape(2, 7, 30) @ layer.out_proj.weight.T
    )


def test_heads_add_up_and_can_be_switched_off():
    layer = MultiHeadSelfAttention(15, 3, generator=_generator()).double()
    x = _randn(2, 7, 15)
    every = layer(x).output
    alone = [layer(x, heads_on=[h == i for h in range(3)]).output for i in range(3)]
    torch.testing.assert_close(torch.stack(alone).sum(0), every)
    off = layer(x, heads_on=[False] * 3)
    assert bool((off.output == 0).all())
    assert off.heads_on is not None
    assert off.heads_on.tolist() == [False] * 3
    assert bool((layer(x, heads_on=[True, False, True]).head_output[:, 1] == 0).all())


def test_layer_is_seeded():
    a, b = (MultiHeadSelfAttention(6, 2, generator=_generator(3)) for _ in range(2))
    assert torch.equal(a.q_proj.weight, b.q_proj.weight)


def test_key_heads_are_shared_by_neighbors():
    assert kv_head_of_query(6, 2) == [0, 0, 0, 1, 1, 1]
    assert kv_head_of_query(3, 3) == [0, 1, 2]
    assert kv_head_of_query(5, 1) == [0] * 5


def test_cell_arithmetic_ends_at_the_weight():
    layer = MultiHeadSelfAttention(30, 6, 2, generator=_generator()).double()
    trace = layer(_randn(2, 7, 30), causal_mask(7))
    cell = explain_cell(trace, query=4, key=2, index=(1, 5))
    torch.testing.assert_close(cell.k, trace.k[1, 1, 2].detach())  # query head 5 reads key head 1
    assert float(cell.products.sum()) * cell.scale == pytest.approx(cell.score)
    assert cell.exponential / cell.row_sum == pytest.approx(cell.weight)
    assert cell.weight == pytest.approx(float(trace.weights[1, 5, 4, 2].detach()))
    hidden = explain_cell(trace, query=2, key=4, index=(1, 5))
    assert (hidden.masked_score, hidden.exponential, hidden.weight) == (-math.inf, 0.0, 0.0)
    dead = attention(_randn(2, 3), _randn(2, 3), _randn(2, 3), torch.zeros(2, 2) > 0)
    assert explain_cell(dead, 0, 1).row_sum == 0.0


# What weights say


def test_entropy():
    weights = torch.tensor([[0.5, 0.25, 0.25, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0] * 4])
    assert row_entropy(weights).tolist() == [1.5, 0.0, 0.0]
    assert row_entropy(weights, math.e).tolist() == pytest.approx([1.5 * math.log(2), 0, 0])
    assert float(head_entropy(weights)) == pytest.approx(0.5)
    uniform = uniform_weights(causal_mask(4))
    assert row_entropy(uniform).tolist() == pytest.approx([0, 1, math.log2(3), 2])
    mask = causal_mask(3).clone()
    mask[0] = False
    assert uniform_weights(mask)[0].tolist() == [0.0, 0.0, 0.0]


def test_spectrum_by_hand_and_against_torch():
    rank_one = torch.full((5, 5), 0.2)
    spectrum = attention_spectrum(rank_one)
    assert int(spectrum.rank) == 1
    assert float(spectrum.effective_rank) == pytest.approx(1.0, abs=1e-5)
    identity = attention_spectrum(torch.eye(5))
    assert int(identity.rank) == 5
    assert float(identity.effective_rank) == pytest.approx(5.0)
    weights = _randn(2, 7, 7).softmax(-1)
    spectrum = attention_spectrum(weights)
    torch.testing.assert_close(spectrum.singular_values, torch.linalg.svdvals(weights))
    assert torch.equal(spectrum.rank, torch.linalg.matrix_rank(weights))
    assert spectrum.log10_abs_det is not None
    torch.testing.assert_close(spectrum.log10_abs_det, torch.linalg.det(weights).abs().log10())
    assert attention_spectrum(_randn(5, 7)).log10_abs_det is None


def test_causal_attention_has_full_rank_where_bidirectional_loses_it():
    # d = 2 and hardly any spread: the bidirectional matrix is numerically of low rank
    q, k = 0.01 * _randn(31, 2), 0.01 * _randn(31, 2, seed=1)
    full = attention_spectrum(attention(q, k, k).weights)
    causal = attention_spectrum(attention(q, k, k, causal_mask(31)).weights)
    assert int(causal.rank) == 31
    assert int(full.rank) < 31


# What heads look at


def test_head_scores_of_ideal_heads():
    ids = [3, 1, 4, 3, 1, 4]
    eye = torch.eye(6)
    previous = eye.roll(-1, 1)
    previous[0] = eye[0]
    first = torch.zeros(6, 6)
    first[:, 0] = 1.0
    induction = eye.clone()
    same = eye.clone()
    for t in (3, 4, 5):
        induction[t], same[t] = eye[t - 2], eye[t - 3]
    heads = torch.stack([previous, first, eye, same, induction])
    scores = head_scores(heads, ids)
    assert scores.previous_token.tolist()[0] == 1.0
    assert scores.first_token.tolist() == pytest.approx([0.2, 1.0, 0.0, 0.2, 0.0])
    assert scores.current_token.tolist() == pytest.approx([1 / 6, 1 / 6, 1.0, 0.5, 0.5])
    assert scores.same_token.tolist() == pytest.approx([0.0, 1 / 3, 0.0, 1.0, 0.0])
    assert scores.induction.tolist() == pytest.approx([0.0, 0.0, 0.0, 0.0, 1.0])
    assert scores.rows == {
        "previous_token": 5,
        "first_token": 5,
        "current_token": 6,
        "same_token": 3,
        "induction": 3,
    }
    assert torch.equal(induction_scores(heads, ids), scores.induction)
    assert head_scores(heads.expand(2, 5, 6, 6), ids).induction.shape == (2, 5)


def test_same_token_counts_both_sides_in_an_encoder():
    looks_ahead = torch.tensor([[[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]])
    scores = head_scores(looks_ahead, [8, 9, 8])
    assert scores.same_token.tolist() == [1.0]
    assert scores.rows["same_token"] == 2


def test_induction_targets_by_hand():
    assert _rows(induction_targets([7, 8, 7, 8, 7])) == [
        "00000",
        "00000",
        "01000",
        "00100",
        "01010",
    ]
    assert not bool(induction_targets([1, 1]).any())  # what followed the first 1 is the row itself


def test_repeated_random_ids():
    ids = repeated_random_ids(101, 11, _generator(), repeats=3, start_ids=(0,))
    assert len(ids) == 34
    body = ids[1:].view(3, 11)
    assert torch.equal(body[0], body[1])
    assert torch.equal(body[0], body[2])
    assert len(set(body[0].tolist())) == 11
    again = repeated_random_ids(101, 11, _generator(), repeats=3, start_ids=(0,))
    assert torch.equal(ids, again)
    few = repeated_random_ids(101, 7, _generator(), allowed_ids=[5, 6])
    assert set(few.tolist()) <= {5, 6}
    # each row of the second half has exactly one place to look: what followed one period ago
    targets = induction_targets(ids[1:23])
    assert targets[11:].sum(-1).tolist() == [1] * 11
    assert bool(targets[11:].int().argmax(-1).eq(torch.arange(1, 12)).all())


# KV cache


def test_kv_cache_of_known_models():
    assert kv_cache_bytes(12, 12, 64) == 36_864  # GPT-2
    assert kv_cache_bytes(32, 32, 128, 2) == 524_288  # Llama-2-7B
    assert kv_cache_bytes(32, 8, 128) == 131_072  # Llama-3-8B
    by_name = {shape.name: shape for shape in KNOWN_SHAPES}
    assert by_name["Llama-3-8B"].cache_bytes() == 131_072
    assert by_name["GPT-2"].cache_bytes(4) == 73_728
    assert [by_name[n].kind for n in ("GPT-2", "Llama-3-8B", "Falcon-7B")] == ["MHA", "GQA", "MQA"]


def test_known_shapes_equal_the_library_defaults():
    by_name = {s.name: s for s in KNOWN_SHAPES}
    gpt2 = GPT2Config()
    falcon = FalconConfig()
    assert falcon.multi_query
    expected = {
        "GPT-2": (gpt2.n_layer, gpt2.n_head, gpt2.n_head, gpt2.n_embd // gpt2.n_head),
        "Falcon-7B": (
            falcon.num_hidden_layers,
            falcon.num_attention_heads,
            1,
            falcon.hidden_size // falcon.num_attention_heads,
        ),
    }
    for name, config in (("Llama-2-7B", LlamaConfig()), ("Mistral-7B", MistralConfig())):
        expected[name] = (
            config.num_hidden_layers,
            config.num_attention_heads,
            config.num_key_value_heads,
            config.hidden_size // config.num_attention_heads,
        )
    for name, sizes in expected.items():
        shape = by_name[name]
        got = (shape.num_layers, shape.num_heads, shape.num_kv_heads, shape.head_dim)
        assert got == sizes, name
    assert all(shape.source for shape in KNOWN_SHAPES)
