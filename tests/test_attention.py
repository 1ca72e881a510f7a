from __future__ import annotations

import math
from typing import Any, cast

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import FalconConfig, GPT2Config, LlamaConfig, MistralConfig
from transformers.models.llama.modeling_llama import repeat_kv as library_repeat_kv

from core.attention import (
    KNOWN_SHAPES,
    MASK_PITFALLS,
    MaskPlan,
    MultiHeadSelfAttention,
    architecture_masks,
    attention,
    attention_spectrum,
    causal_mask,
    combine_masks,
    explain_cell,
    head_entropy,
    head_scores,
    induction_scores,
    induction_targets,
    kv_cache_bytes,
    kv_head_of_query,
    mask_after_softmax,
    mask_with_large_negative,
    mask_with_minus_infinity,
    mask_with_zero,
    padding_mask,
    prefix_mask,
    repeat_kv,
    repeated_random_ids,
    row_entropy,
    scale_study,
    sliding_window_mask,
    uniform_weights,
    unscaled_attention,
)


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _randn(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(*shape, generator=_generator(seed), dtype=dtype)


def _rows(mask: torch.Tensor) -> list[str]:
    return ["".join(str(int(cell)) for cell in row) for row in mask]


# Masks


def test_masks_by_hand():
    assert _rows(causal_mask(3)) == ["100", "110", "111"]
    assert _rows(causal_mask(5, queries=2)) == ["11110", "11111"]
    assert _rows(prefix_mask(5, 3)) == ["11100", "11100", "11100", "11110", "11111"]
    assert _rows(sliding_window_mask(5, 2)) == ["10000", "11000", "01100", "00110", "00011"]
    assert _rows(sliding_window_mask(3, 2, causal=False)) == ["110", "111", "011"]
    assert _rows(padding_mask([1, 3, 0], 3)[:, 0, 0]) == ["100", "111", "000"]
    assert _rows(padding_mask(torch.tensor([1, 3]), 3, side="left")[:, 0, 0]) == ["001", "111"]
    assert padding_mask([1, 3], 5).shape == (2, 1, 1, 5)


def test_mask_identities():
    assert torch.equal(prefix_mask(7, 0), causal_mask(7))
    assert bool(prefix_mask(7, 7).all())
    assert torch.equal(sliding_window_mask(7, 7), causal_mask(7))
    assert torch.equal(sliding_window_mask(7, 1), torch.eye(7, dtype=torch.bool))
    assert torch.equal(causal_mask(7, queries=3), causal_mask(7)[-3:])


def test_combined_masks():
    plan = MaskPlan(causal=True, prefix=2, window=3, lengths=[2, 5], side="left")
    got = combine_masks(plan, 5)
    assert list(got.parts) == ["causal", "prefix", "window", "padding"]
    parts = causal_mask(5) & prefix_mask(5, 2) & sliding_window_mask(5, 3)
    assert torch.equal(got.combined, parts & padding_mask([2, 5], 5, "left"))
    assert got.combined.shape == (2, 1, 5, 5)
    assert got.fully_masked_rows.tolist() == [[True] * 3 + [False] * 2, [False] * 5]
    assert got.allowed_share == pytest.approx(float(got.combined.sum()) / 50)
    # rows, not columns: row 2 still sees token 1, though nobody may see token 2
    short = combine_masks(MaskPlan(window=2, lengths=[2]), 5)
    assert short.fully_masked_rows.tolist() == [[False, False, False, True, True]]
    everything = combine_masks(MaskPlan(), 3)
    assert everything.parts == {}
    assert everything.allowed_share == 1.0


def test_architecture_masks():
    encoder = architecture_masks("encoder", 3)
    assert encoder.encoder_self is not None
    assert bool(encoder.encoder_self.all())
    assert encoder.decoder_self is None
    decoder = architecture_masks("decoder", 3).decoder_self
    assert decoder is not None
    assert torch.equal(decoder, causal_mask(3))
    prefix = architecture_masks("prefix", 5, prefix=2).decoder_self
    assert prefix is not None
    assert torch.equal(prefix, prefix_mask(5, 2))
    both = architecture_masks("encoder-decoder", 3, source_length=5)
    assert both.encoder_self is not None
    assert both.encoder_self.shape == (5, 5)
    assert both.cross is not None
    assert both.cross.shape == (3, 5)
    assert bool(both.cross.all())


# The scaled dot product


def test_attention_by_hand():
    # one query, scores ln 1 and ln 3 after the scale 1/2: weights 1/4 and 3/4
    q = torch.tensor([[2.0, 0.0, 0.0, 0.0]])
    k = torch.tensor([[0.0, 1.0, 0.0, 0.0], [math.log(3.0), 0.0, 0.0, 5.0]])
    trace = attention(q, k, torch.tensor([[0.0, 4.0], [4.0, 0.0]]))
    assert trace.scale == 0.5
    assert trace.scores.tolist() == [pytest.approx([0.0, math.log(3.0)])]
    assert trace.weights.tolist() == [pytest.approx([0.25, 0.75])]
    assert trace.output.tolist() == [pytest.approx([3.0, 1.0])]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("kv_heads", [1, 2, 6])
@pytest.mark.parametrize("masked", [False, True])
def test_attention_equals_torch_sdpa(dtype, kv_heads, masked):
    q = _randn(2, 6, 5, 7, dtype=dtype)
    k = _randn(2, kv_heads, 11, 7, seed=1, dtype=dtype)
    v = _randn(2, kv_heads, 11, 3, seed=2, dtype=dtype)
    mask = causal_mask(11, queries=5) & padding_mask([11, 9], 11, "left") if masked else None
    trace = attention(q, k, v, mask, scale=0.3)
    oracle = F.scaled_dot_product_attention(q, k, v, mask, scale=0.3, enable_gqa=True)
    torch.testing.assert_close(trace.output, oracle)
    default = F.scaled_dot_product_attention(q, k, v, mask, enable_gqa=True)
    torch.testing.assert_close(attention(q, k, v, mask).output, default)
    assert trace.output.dtype == dtype
    assert trace.weights.shape == (2, 6, 5, 11)


def test_grouped_equals_repeated():
    q, k, v = _randn(2, 6, 5, 7), _randn(2, 3, 5, 7, seed=1), _randn(2, 3, 5, 7, seed=2)
    assert torch.equal(repeat_kv(k, 2), library_repeat_kv(k, 2))
    grouped, repeated = attention(q, k, v), attention(q, repeat_kv(k, 2), repeat_kv(v, 2))
    torch.testing.assert_close(grouped.scores, repeated.scores)
    torch.testing.assert_close(grouped.output, repeated.output)


def test_bias_is_added_after_the_scale():
    q, k, v, bias = _randn(5, 7), _randn(5, 7, seed=1), _randn(5, 7, seed=2), _randn(5, 5, seed=3)
    trace = attention(q, k, v, bias=bias)
    oracle = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
    torch.testing.assert_close(trace.output, oracle)
    torch.testing.assert_close(trace.masked_scores, trace.scores + bias)


def test_rows_sum_to_one_or_to_zero():
    mask = causal_mask(5).clone()
    mask[2] = False
    parts = [_randn(2, 5, 7, seed=s).requires_grad_() for s in range(3)]
    trace = attention(*(p for p in parts), mask=mask)
    sums = trace.weights.sum(-1)
    assert sums[:, 2].tolist() == [0.0, 0.0]
    torch.testing.assert_close(sums[:, [0, 1, 3, 4]], torch.ones(2, 4, dtype=torch.float64))
    assert bool((trace.output[:, 2] == 0).all())
    assert bool((trace.weights[..., ~mask] == 0).all())
    assert bool((trace.masked_scores[..., ~mask] == -math.inf).all())
    trace.output.square().sum().backward()
    for part in parts:
        assert part.grad is not None
        assert bool(torch.isfinite(part.grad).all())
    assert parts[0].grad is not None
    assert bool((parts[0].grad[:, 2] == 0).all())


@pytest.mark.parametrize("kv_heads", [1, 2, 4])
def test_attention_is_differentiable(kv_heads):
    mask = causal_mask(3).clone()
    mask[1] = False
    parts = [_randn(4, 3, 2).requires_grad_()]
    parts += [_randn(kv_heads, 3, 2, seed=s).requires_grad_() for s in (1, 2)]
    assert torch.autograd.gradcheck(lambda q, k, v: attention(q, k, v, mask).output, parts)


def test_attention_makes_no_copies_of_what_it_was_given():
    q, k, v = _randn(4, 5, 7), _randn(2, 5, 7, seed=1), _randn(2, 5, 7, seed=2)
    trace = attention(q, k, v)
    assert trace.q is q
    assert trace.k is k
    assert trace.v is v
    assert trace.masked_scores is trace.scores


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 5), st.integers(1, 7), st.floats(0.0, 1.0))
def test_any_mask_keeps_weights_a_distribution(seed, rows, keys, share):
    g = _generator(seed)
    mask = torch.rand(rows, keys, generator=g) < share
    q = 30 * torch.randn(rows, 3, generator=g)
    k, v = torch.randn(keys, 3, generator=g), torch.randn(keys, 2, generator=g)
    trace = attention(q, k, v, mask)
    torch.testing.assert_close(trace.weights.sum(-1), mask.any(-1).float())
    assert bool(torch.isfinite(trace.output).all())


def test_order_of_keys_does_not_matter_without_positions():
    q, k, v = _randn(5, 7), _randn(11, 7, seed=1), _randn(11, 3, seed=2)
    order = torch.randperm(11, generator=_generator())
    torch.testing.assert_close(attention(q, k, v).output, attention(q, k[order], v[order]).output)


def test_inputs_unchanged():
    q, k, v, mask = _randn(5, 7), _randn(5, 7, seed=1), _randn(5, 7, seed=2), causal_mask(5)
    copies = [t.clone() for t in (q, k, v, mask)]
    attention(q, k, v, mask, bias=q @ k.T)
    for pitfall in MASK_PITFALLS.values():
        pitfall(q, k, v, mask)
    for now, before in zip((q, k, v, mask), copies, strict=True):
        assert torch.equal(now, before)


# Pitfalls


def test_each_pitfall_shows_its_mistake():
    q, k, v = _randn(5, 7), _randn(5, 7, seed=1), _randn(5, 7, seed=2)
    mask = causal_mask(5)
    right = attention(q, k, v, mask).weights
    after = mask_after_softmax(q, k, v, mask).weights
    assert float(after.sum(-1)[0]) < 0.9
    assert float(after.sum(-1)[-1]) == pytest.approx(1.0)
    torch.testing.assert_close(after / after.sum(-1, keepdim=True), right)
    leaked = mask_with_zero(q, k, v, mask)
    assert float(leaked.weights[~mask].min()) > 0.0
    assert bool((leaked.masked_scores[~mask] == 0).all())
    torch.testing.assert_close(mask_with_large_negative(q, k, v, mask).weights, right)
    torch.testing.assert_close(mask_with_minus_infinity(q, k, v, mask).weights, right)
    torch.testing.assert_close(
        unscaled_attention(q, k, v, mask).weights, attention(q, k, v, mask, scale=1.0).weights
    )


def test_fully_masked_row_under_three_ways():
    q = k = v = _randn(4, 3, 5)
    mask = torch.ones(3, 3, dtype=torch.bool)
    mask[1] = False
    assert bool(mask_with_minus_infinity(q, k, v, mask).weights[:, 1].isnan().all())
    uniform = mask_with_large_negative(q, k, v, mask).weights[:, 1]
    torch.testing.assert_close(uniform, torch.full((4, 3), 1 / 3, dtype=torch.float64))
    assert bool((attention(q, k, v, mask).weights[:, 1] == 0).all())


def test_pitfalls_work_with_shared_heads():
    q, k = _randn(6, 5, 7), _randn(2, 5, 7, seed=1)
    mask = causal_mask(5)
    got = mask_with_large_negative(q, k, k, mask).output
    torch.testing.assert_close(got, attention(q, k, k, mask).output)


def test_scale_study_follows_the_theory():
    study = scale_study([4, 64, 1024], keys=31, generator=_generator(), queries=101)
    expected = torch.tensor([2.0, 8.0, 32.0], dtype=torch.float64)
    torch.testing.assert_close(study.unscaled_score_std, expected, rtol=0.1, atol=0)
    torch.testing.assert_close(study.scaled_score_std, expected / expected, rtol=0.1, atol=0)
    assert float(study.unscaled_entropy[-1]) < 0.5  # collapsed
    assert float(study.scaled_entropy[-1]) > 0.8 * study.uniform_entropy
    assert float(study.unscaled_top_weight[-1]) > 0.9 > float(study.scaled_top_weight[-1])


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


def test_key_heads_are_shared_by_neighbours():
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


ONE = torch.ones(2, 3)
BAD = cast("Any", "half")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: causal_mask(0), "length"),
        (lambda: causal_mask(cast("Any", True)), "length"),
        (lambda: causal_mask(3, queries=4), "queries"),
        (lambda: prefix_mask(3, 4), "prefix"),
        (lambda: sliding_window_mask(3, 0), "window"),
        (lambda: padding_mask([4], 3), "at most"),
        (lambda: padding_mask([-1], 3), "negative"),
        (lambda: padding_mask([], 3), "lengths"),
        (lambda: padding_mask([1], 3, side="top"), "side"),
        (lambda: MaskPlan(side="top"), "side"),
        (lambda: architecture_masks("t5", 3), "name"),
        (lambda: architecture_masks("encoder-decoder", 3), "source_length"),
        (lambda: attention(ONE, torch.ones(2, 5), ONE), "head size"),
        (lambda: attention(ONE, ONE, torch.ones(5, 3)), "one row per key"),
        (lambda: attention(ONE, ONE, ONE.double()), "one dtype"),
        (lambda: attention(ONE, ONE, ONE, torch.ones(2, 2)), "boolean"),
        (lambda: attention(ONE, ONE, ONE, torch.ones(3, 3) > 0), "mask must broadcast"),
        (lambda: attention(ONE, ONE, ONE, torch.ones(1, 2, 2) > 0), "mask must broadcast"),
        (lambda: attention(ONE, ONE, ONE, scale=math.inf), "scale"),
        (lambda: attention(ONE, ONE, ONE, bias=torch.ones(3, 3)), "bias must broadcast"),
        (lambda: attention(ONE / 0, ONE, ONE), "q must hold finite"),
        (lambda: attention(ONE, ONE, ONE * math.nan), "v must hold finite"),
        (lambda: attention(1e30 * ONE, 1e30 * ONE, ONE), "overflow"),
        (lambda: attention(torch.ones(5, 2, 3), torch.ones(2, 2, 3), torch.ones(2, 2, 3)), "heads"),
        (lambda: attention(torch.ones(3), ONE, ONE), "q must have"),
        (lambda: attention(torch.ones(2, 3, 2, 3), torch.ones(5, 3, 2, 3), ONE), "broadcast"),
        (lambda: attention(BAD, ONE, ONE), "q must be a tensor"),
        (lambda: mask_with_large_negative(ONE, ONE, ONE, causal_mask(2), 1.0), "value"),
        (lambda: scale_study([], 3, _generator()), "dims"),
        (lambda: MultiHeadSelfAttention(7, 2), "multiple of num_heads"),
        (lambda: MultiHeadSelfAttention(6, 3, 2), "divide"),
        (lambda: MultiHeadSelfAttention(6, 3, 5), "num_kv_heads"),
        (lambda: MultiHeadSelfAttention(6, 3)(torch.ones(2, 5, 7)), "embed_dim"),
        (lambda: MultiHeadSelfAttention(6, 3)(torch.ones(5, 6)), "dimensions"),
        (lambda: MultiHeadSelfAttention(6, 3)(torch.ones(1, 5, 6).double()), "dtype"),
        (lambda: MultiHeadSelfAttention(6, 3)(torch.ones(1, 5, 6), heads_on=[True]), "heads_on"),
        (lambda: explain_cell(attention(ONE, ONE, ONE), 2, 0), "query"),
        (lambda: explain_cell(attention(ONE, ONE, ONE), 0, 0, (1,)), "index"),
        (lambda: row_entropy(-ONE), "negative"),
        (lambda: attention_spectrum(ONE * math.nan), "weights must hold finite"),
        (lambda: head_scores(torch.ones(1, 2, 2), [1, 2, 3]), "attentions must end"),
        (lambda: head_scores(torch.ones(1, 2, 2), cast("Any", [0.5, 1.0])), "whole numbers"),
        (lambda: induction_scores(torch.ones(1, 3, 3), [1, 2, 3]), "repeat"),
        (lambda: repeated_random_ids(5, 1, _generator()), "period"),
        (lambda: repeated_random_ids(5, 3, _generator(), allowed_ids=[7]), "allowed_ids"),
        (lambda: kv_cache_bytes(0, 1, 1), "num_layers"),
        (lambda: kv_head_of_query(6, 4), "divide"),
        (lambda: repeat_kv(torch.ones(1, 2, 3), 0), "groups"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
