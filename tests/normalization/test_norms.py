"""Batch, layer and RMS norm: by hand, against torch, and their identities."""

from __future__ import annotations

import math
from typing import Any, cast

import pytest
import torch
import torch.nn.functional as F

from core.normalization import (
    batch_norm,
    batch_norm_trace,
    layer_norm,
    layer_norm_trace,
    rms_norm,
    rms_norm_trace,
)


def _x(*shape: int, dtype=torch.float64, seed: int = 0) -> torch.Tensor:
    g = torch.Generator().manual_seed(seed)
    return 3.0 + 2.0 * torch.randn(*shape, generator=g, dtype=dtype)


def test_by_hand():
    # 2, 4, 6: mean 4, variance 8/3; mean square 56/3
    x = torch.tensor([[[2.0, 4.0, 6.0]]], dtype=torch.float64)
    side = 2 / math.sqrt(8 / 3)
    assert layer_norm(x, eps=1e-12).flatten().tolist() == pytest.approx([-side, 0, side])
    rms = math.sqrt(56 / 3)
    assert rms_norm(x, eps=1e-12).flatten().tolist() == pytest.approx([2 / rms, 4 / rms, 6 / rms])
    # per feature over two tokens: 2, 4 -> -1, 1; the padded 99 takes no part
    batch = torch.tensor([[[2.0], [4.0], [99.0]]], dtype=torch.float64)
    mask = torch.tensor([[True, True, False]])
    assert batch_norm(batch, mask, 1e-12).flatten().tolist() == pytest.approx([-1.0, 1.0, 0.0])


@pytest.mark.parametrize("eps", [1e-5, 0.1])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equal_torch(eps, dtype):
    x, weight, bias = _x(2, 5, 7, dtype=dtype), _x(7, dtype=dtype, seed=1), _x(7, dtype=dtype)
    torch.testing.assert_close(layer_norm(x, eps), F.layer_norm(x, (7,), eps=eps))
    torch.testing.assert_close(
        layer_norm(x, eps, weight, bias), F.layer_norm(x, (7,), weight, bias, eps)
    )
    torch.testing.assert_close(rms_norm(x, eps), F.rms_norm(x, (7,), eps=eps))
    torch.testing.assert_close(rms_norm(x, eps, weight), F.rms_norm(x, (7,), weight, eps))
    oracle = F.batch_norm(x.flatten(0, 1), None, None, weight, bias, training=True, eps=eps)
    torch.testing.assert_close(batch_norm(x, None, eps, weight, bias), oracle.view_as(x))


def test_masked_batch_norm_is_batch_norm_of_the_real_tokens():
    x = _x(3, 5, 7)
    mask = torch.arange(5) < torch.tensor([2, 5, 3])[:, None]
    weight, bias = _x(7, seed=1), _x(7, seed=2)
    got = batch_norm(x, mask, weight=weight, bias=bias)
    oracle = F.batch_norm(x[mask], None, None, weight, bias, training=True)
    torch.testing.assert_close(got[mask], oracle)
    assert bool((got[~mask] == 0).all())
    changed = x.clone()
    changed[~mask] = 1e6
    assert torch.equal(batch_norm(changed, mask, weight=weight, bias=bias), got)


def test_identities():
    x = _x(2, 5, 7)
    ln = layer_norm(x, 1e-12)
    torch.testing.assert_close(ln.mean(-1), torch.zeros(2, 5, dtype=x.dtype))
    torch.testing.assert_close(ln.square().mean(-1), torch.ones(2, 5, dtype=x.dtype))
    torch.testing.assert_close(layer_norm(5.0 * x + 2.0, 1e-14), layer_norm(x, 1e-14))
    torch.testing.assert_close(rms_norm(5.0 * x, 1e-14), rms_norm(x, 1e-14))
    centered = x - x.mean(-1, keepdim=True)  # RMS norm of centered values is layer norm
    torch.testing.assert_close(rms_norm(centered), layer_norm(x))
    assert not torch.allclose(rms_norm(x + 2.0), rms_norm(x), atol=0.01)


def test_traces_carry_the_statistics():
    x = _x(2, 5, 7)
    t = layer_norm_trace(x)
    torch.testing.assert_close(t.mean, x.mean(-1, keepdim=True))
    torch.testing.assert_close(t.variance, x.var(-1, keepdim=True, correction=0))
    torch.testing.assert_close(t.centered + t.mean, x)
    t = rms_norm_trace(x, weight=torch.full((7,), 2.0, dtype=x.dtype))
    torch.testing.assert_close(t.variance, x.square().mean(-1, keepdim=True))
    torch.testing.assert_close(t.output, 2.0 * t.normalized)
    t = batch_norm_trace(x)
    assert t.mean.shape == t.variance.shape == (1, 1, 7)
    torch.testing.assert_close(t.mean[0, 0], x.mean((0, 1)))


def test_constant_token_gives_zeros_not_nan():
    x = torch.full((1, 2, 3), 4.0)
    assert bool((layer_norm(x) == 0).all())
    assert bool((batch_norm(x) == 0).all())
    assert bool((rms_norm(torch.zeros(1, 2, 3)) == 0).all())


def test_differentiable_and_inputs_unchanged():
    x = _x(2, 3, 5).requires_grad_()
    mask = torch.tensor([[True, True, False], [True, False, False]])
    before, mask_before = x.detach().clone(), mask.clone()
    for run in (layer_norm, rms_norm, lambda t: batch_norm(t, mask)):
        assert torch.autograd.gradcheck(run, (x,))
    assert torch.equal(x.detach(), before)
    assert torch.equal(mask, mask_before)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: layer_norm(torch.tensor([1.0, math.nan])), "x must hold finite"),
        (lambda: layer_norm(torch.ones(3), eps=0.0), "eps"),
        (lambda: rms_norm(torch.ones(3), eps=-1.0), "eps"),
        (lambda: rms_norm(torch.ones(3), weight=torch.ones(2)), "weight must have shape"),
        (lambda: layer_norm(torch.ones(3), bias=torch.ones(2)), "bias must have shape"),
        (lambda: batch_norm(torch.ones(3, 2)), "dimensions"),
        (lambda: batch_norm(torch.ones(2, 3, 5), torch.ones(2, 3)), "boolean"),
        (lambda: batch_norm(torch.ones(2, 3, 5), torch.ones(3, 2) > 0), "mask must have shape"),
        (lambda: batch_norm(torch.ones(2, 3, 5), torch.ones(2, 3) > 1), "at least one real"),
        (lambda: layer_norm(torch.ones(0, 3)), "empty"),
        (lambda: layer_norm(cast("Any", "abc")), "x must be a tensor"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
