from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.attention import attention, causal_mask, padding_mask
from core.online_softmax import online_attention, online_softmax


def _qkv(*shape: int, keys: int = 11, dv: int = 3, seed: int = 0, dtype=torch.float64):
    g = torch.Generator().manual_seed(seed)
    *batch, rows, d = shape
    return (
        torch.randn(*batch, rows, d, generator=g, dtype=dtype),
        torch.randn(*batch, keys, d, generator=g, dtype=dtype),
        torch.randn(*batch, keys, dv, generator=g, dtype=dtype),
    )


def test_by_hand_two_blocks_of_one_key():
    # scores 0 then ln 3: the second key shrinks what came before by alpha = 1/3
    k = torch.tensor([[0.0], [math.log(3.0)]], dtype=torch.float64)
    v = torch.tensor([[0.0], [4.0]], dtype=torch.float64)
    trace = online_attention(torch.tensor([1.0], dtype=torch.float64), k, v, 1)
    first, second = trace.steps
    assert (first.block, first.start, first.stop) == (0, 0, 1)
    assert (float(first.m), float(first.l), float(first.alpha)) == (0.0, 1.0, 0.0)
    assert float(second.m) == pytest.approx(math.log(3.0))
    assert float(second.alpha) == pytest.approx(1 / 3)
    assert float(second.l) == pytest.approx(4 / 3)
    assert second.acc.tolist() == pytest.approx([4.0])
    assert trace.output.tolist() == pytest.approx([3.0])
    assert float(trace.logsumexp) == pytest.approx(math.log(4.0))


@pytest.mark.parametrize("block_size", [1, 2, 3, 5, 11, 100])
def test_equals_plain_attention_and_sdpa(block_size):
    q, k, v = _qkv(2, 3, 7, 5)
    trace = online_attention(q, k, v, block_size)
    oracle = torch.nn.functional.scaled_dot_product_attention(q, k, v)
    torch.testing.assert_close(trace.output, oracle)
    torch.testing.assert_close(trace.output, attention(q, k, v).output)
    assert len(trace.steps) == math.ceil(11 / block_size)
    assert trace.steps[-1].stop == 11
    scores = q @ k.transpose(-2, -1) / math.sqrt(5)
    torch.testing.assert_close(trace.logsumexp, scores.logsumexp(-1))


@pytest.mark.parametrize("block_size", [1, 2, 5])
def test_masks_with_fully_masked_blocks_and_rows(block_size):
    q, k, v = _qkv(2, 3, 11, 5)
    mask = causal_mask(11) & padding_mask([0, 7], 11, side="left")
    trace = online_attention(q, k, v, block_size, mask)
    plain = attention(q, k, v, mask)
    torch.testing.assert_close(trace.output, plain.output)
    assert bool((trace.output[0] == 0).all())  # nothing may be attended to
    assert bool((trace.logsumexp[0] == -math.inf).all())
    for step in trace.steps:
        for part in (step.p, step.l, step.alpha, step.acc):
            assert bool(torch.isfinite(part).all())


def test_running_state_is_the_state_of_the_keys_so_far():
    q, k, v = _qkv(7, 5)
    scores = q @ k.T / math.sqrt(5)
    for step in online_attention(q, k, v, 3).steps:
        seen = scores[:, : step.stop]
        torch.testing.assert_close(step.m, seen.max(-1).values)
        torch.testing.assert_close(step.l, (seen - step.m[:, None]).exp().sum(-1))
        torch.testing.assert_close(step.acc / step.l[:, None], seen.softmax(-1) @ v[: step.stop])


def test_one_row_is_the_row_of_many():
    q, k, v = _qkv(7, 5)
    mask = causal_mask(11, queries=7)
    many = online_attention(q, k, v, 2, mask)
    one = online_attention(q[3], k, v, 2, mask[3])
    torch.testing.assert_close(one.output, many.output[3])
    assert one.output.shape == (3,)
    assert one.steps[0].m.shape == one.steps[0].alpha.shape == ()
    assert one.steps[0].scores.shape == (2,)
    torch.testing.assert_close(one.steps[2].acc, many.steps[2].acc[3])


def test_huge_scores_do_not_overflow():
    q = torch.tensor([[300.0]])
    k = torch.tensor([[-3.0], [3.0], [2.0]])  # scores of -900, 900, 600: e^900 is not a float
    trace = online_attention(q, k, torch.tensor([[1.0], [2.0], [3.0]]), 1)
    assert trace.output.tolist() == [[2.0]]


def test_gradients_equal_those_of_plain_attention():
    mask = causal_mask(11, queries=7).clone()
    mask[2] = False
    grads = []
    for run in (
        lambda q, k, v: attention(q, k, v, mask),
        lambda q, k, v: online_attention(q, k, v, 2, mask),
    ):
        parts = [t.requires_grad_() for t in _qkv(7, 5)]
        run(*parts).output.square().sum().backward()
        grads.append([p.grad for p in parts])
    for plain, online in zip(*grads, strict=True):
        torch.testing.assert_close(plain, online)


def test_shared_key_head_broadcasts_and_groups_are_refused():
    q, _, _ = _qkv(4, 7, 5)
    _, k, v = _qkv(1, 7, 5)
    torch.testing.assert_close(online_attention(q, k, v, 2).output, attention(q, k, v).output)
    _, k, v = _qkv(2, 7, 5)
    with pytest.raises(ValueError, match="repeat_kv"):
        online_attention(q, k, v, 2)


def test_inputs_unchanged_and_dtype_kept():
    q, k, v = _qkv(7, 5, dtype=torch.float32)
    copies = [t.clone() for t in (q, k, v)]
    mask = causal_mask(11, queries=7)
    mask_copy = mask.clone()
    assert online_attention(q, k, v, 3, mask).output.dtype == torch.float32
    for now, before in zip((q, k, v, mask), (*copies, mask_copy), strict=True):
        assert torch.equal(now, before)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.one_of(st.floats(-1e4, 1e4), st.just(-math.inf)), min_size=1, max_size=13),
    st.integers(1, 14),
)
def test_online_softmax_equals_softmax(values, block_size):
    scores = torch.tensor(values, dtype=torch.float64)
    got = online_softmax(scores, block_size)
    if bool((scores == -math.inf).all()):
        assert bool((got == 0).all())
    else:
        torch.testing.assert_close(got, scores.softmax(-1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"block_size": 0}, "block_size"),
        ({"block_size": True}, "block_size"),
        ({"mask": torch.ones(2, 2, dtype=torch.bool)}, "mask must broadcast"),
        ({"mask": torch.ones(7, 11)}, "mask must be boolean"),
        ({"scale": math.nan}, "scale"),
        ({"q": torch.full((7, 5), math.nan, dtype=torch.float64)}, "q must hold finite"),
        ({"q": torch.ones(7, 3, dtype=torch.float64)}, "head size"),
        ({"v": torch.ones(2, 3, dtype=torch.float64)}, "one row per key"),
        ({"q": torch.full((7, 5), 1e200, dtype=torch.float64), "scale": 1e200}, "overflow"),
    ],
)
def test_errors(arguments, message):
    q, k, v = _qkv(7, 5)
    call: dict[str, Any] = {"q": q, "k": k, "v": v, "block_size": 2, **arguments}
    with pytest.raises(ValueError, match=message):
        online_attention(**call)


def test_online_softmax_errors():
    with pytest.raises(ValueError, match="NaN"):
        online_softmax(torch.tensor([1.0, math.nan]), 1)
    with pytest.raises(ValueError, match="block_size"):
        online_softmax(torch.tensor([1.0]), 0)
