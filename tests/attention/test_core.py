from __future__ import annotations

import math
from typing import Any, cast

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers.models.llama.modeling_llama import repeat_kv as library_repeat_kv

from core.attention import (
    MASK_PITFALLS,
    MaskPlan,
    MultiHeadSelfAttention,
    architecture_masks,
    attention,
    attention_spectrum,
    causal_mask,
    combine_masks,
    explain_cell,
    head_scores,
    induction_scores,
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
