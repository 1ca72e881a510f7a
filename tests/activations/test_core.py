from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
import scipy.special
import scipy.stats
import torch
import torch.nn.functional as F

from core.activations import (
    ACTIVATIONS,
    GLU_VARIANTS,
    DeadUnitsConfig,
    activation_curves,
    equal_parameter_ffn,
    ffn_size,
    gate_statistics,
    gelu_error,
    glu,
    glu_name,
    glu_surface,
    gradient_through_depth,
    swish,
    swish_derivative,
    train_until_dead,
)

ORACLES = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "softplus": lambda x: F.softplus(x, threshold=100),
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "mish": F.mish,
}
X = torch.linspace(-13.0, 13.0, 2003, dtype=torch.float64)


def _as_any(value: object) -> Any:
    """A wrong type on purpose, past the type checker."""
    return value


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_names_are_the_published_set():
    assert list(ACTIVATIONS) == list(ORACLES)
    for name, entry in ACTIVATIONS.items():
        assert entry.name == name
        assert entry.latex
        assert entry.derivative_latex
        assert entry.source


@pytest.mark.parametrize("name", list(ORACLES))
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_functions_equal_torch(name, dtype):
    x = X.to(dtype)
    got = ACTIVATIONS[name].fn(x)
    assert got.dtype == dtype
    torch.testing.assert_close(got, ORACLES[name](x))


@pytest.mark.parametrize("name", list(ORACLES))
def test_derivatives_equal_autograd(name):
    x = torch.cat((X, torch.tensor([0.0, -30.0, 30.0, -1000.0, 1000.0]))).requires_grad_()
    (oracle,) = torch.autograd.grad(ORACLES[name](x).sum(), x)
    (own,) = torch.autograd.grad(ACTIVATIONS[name].fn(x).sum(), x)
    closed = ACTIVATIONS[name].derivative(x.detach())
    torch.testing.assert_close(closed, oracle, atol=1e-12, rtol=1e-9)
    torch.testing.assert_close(own, oracle, atol=1e-12, rtol=1e-9)


def test_by_hand():
    at = {n: float(a.fn(torch.tensor(2.0, dtype=torch.float64))) for n, a in ACTIVATIONS.items()}
    assert at["silu"] == pytest.approx(2 / (1 + math.exp(-2)))
    assert at["softplus"] == pytest.approx(math.log(1 + math.exp(2)))
    assert at["gelu"] == pytest.approx(2 * scipy.stats.norm.cdf(2))
    below = {n: float(a.fn([-2.0])) for n, a in ACTIVATIONS.items()}
    assert below["leaky_relu"] == pytest.approx(-0.02)
    assert below["elu"] == pytest.approx(math.exp(-2) - 1)
    assert below["relu"] == 0.0
    assert float(ACTIVATIONS["sigmoid"].derivative([0.0])) == 0.25


def test_far_tails_keep_their_digits():
    far = torch.tensor([-30.0], dtype=torch.float64)
    oracle = -30.0 * scipy.special.ndtr(-30.0)
    assert float(ACTIVATIONS["gelu"].fn(far)) == pytest.approx(oracle, rel=1e-10)
    slope = float(ACTIVATIONS["tanh"].derivative(-far))
    assert slope == pytest.approx(1 / math.cosh(30.0) ** 2, rel=1e-10)


def test_swish_runs_from_linear_to_relu():
    torch.testing.assert_close(swish(X, 0.0), X / 2)
    torch.testing.assert_close(swish(X, 1.0), F.silu(X))
    assert float((swish(X, 1000.0) - F.relu(X)).abs().max()) < 3e-4
    for beta in (-1.0, 0.0, 0.3, 1.702, 7.0):
        x = X.clone().requires_grad_()
        (slope,) = torch.autograd.grad((x * torch.sigmoid(beta * x)).sum(), x)
        torch.testing.assert_close(swish_derivative(X, beta), slope)


def test_gelu_error_is_the_published_size():
    whole = gelu_error(torch.linspace(-10, 10, 200001, dtype=torch.float64))
    assert whole.largest == pytest.approx(4.7324e-4, abs=1e-8)
    assert abs(whole.largest_at) == pytest.approx(2.699, abs=2e-3)
    torch.testing.assert_close(whole.error, whole.error.flip(0), atol=1e-12, rtol=0)
    oracle = F.gelu(whole.x, approximate="tanh") - F.gelu(whole.x)
    torch.testing.assert_close(whole.error, oracle, atol=1e-14, rtol=0)


def test_glu_variants_and_names():
    g = _generator()
    value = torch.randn(5, 7, generator=g)
    gate = torch.randn(5, 7, generator=g)
    for name, used in GLU_VARIANTS.items():
        torch.testing.assert_close(glu(value, gate, used), value * ORACLES[used](gate))
        assert glu_name(used) == name
    torch.testing.assert_close(glu(value, gate), value * F.silu(gate))
    # torch's own GLU takes both halves in one tensor: first the value, then the gate
    torch.testing.assert_close(glu(value, gate, "sigmoid"), F.glu(torch.cat((value, gate), -1)))
    assert glu_name("gelu") == "GEGLU"
    assert glu_name("tanh") == "gated tanh"


def test_glu_surface_and_its_slopes():
    surface = glu_surface([-1.0, 0.5, 2.0], [-2.0, 3.0], "gelu")
    assert surface.output.shape == (2, 3)
    v = torch.tensor([-1.0, 0.5, 2.0], dtype=torch.float64).expand(2, 3).clone().requires_grad_()
    g = torch.tensor([[-2.0], [3.0]], dtype=torch.float64).expand(2, 3).clone().requires_grad_()
    out = v * F.gelu(g)
    dv, dg = torch.autograd.grad(out.sum(), (v, g))
    torch.testing.assert_close(surface.output, out.detach())
    torch.testing.assert_close(surface.value_derivative, dv)
    torch.testing.assert_close(surface.gate_derivative, dg)


def test_ffn_parameters_equal_a_built_network():
    for gated, bias in itertools.product((False, True), repeat=2):
        layers = [torch.nn.Linear(5, 11, bias=bias) for _ in range(2 if gated else 1)]
        layers.append(torch.nn.Linear(11, 5, bias=bias))
        built = sum(p.numel() for layer in layers for p in layer.parameters())
        assert ffn_size(5, 11, gated, bias).parameters == built
    llama = equal_parameter_ffn(4096, 16384, multiple_of=256)
    assert llama.gated.hidden_dim == 11008  # the published Llama-7B size
    exact = equal_parameter_ffn(3, 12)
    assert exact.difference == 0
    assert exact.plain.parameters == exact.gated.parameters == 72


def test_curves():
    curves = activation_curves(["relu", "silu"], X)
    assert [c.label for c in curves] == ["ReLU", "SiLU (Swish)"]
    torch.testing.assert_close(curves[1].value, F.silu(X))


def test_gate_statistics_by_hand():
    gates = torch.tensor([[[-20.0, 1.0], [2.0, 3.0]], [[0.0, 0.0], [0.0, 4.0]]])
    stats = gate_statistics(gates, "relu", levels=(0.0, 1.0))
    assert stats.mean.tolist() == [-3.5, 1.0]
    assert stats.positive_share.tolist() == [0.75, 0.25]
    assert stats.closed_share.tolist() == [0.25, 0.75]
    assert stats.active_mean.tolist() == [1.5, 1.0]
    assert stats.quantiles.tolist() == [[-20.0, 3.0], [0.0, 4.0]]
    # tanh(-20) = -1 is wide open, only its sign is negative
    assert gate_statistics(gates, "tanh").closed_share.tolist() == [0.0, 0.75]


def test_inputs_unchanged():
    x = X.clone()
    for entry in ACTIVATIONS.values():
        entry.fn(x)
        entry.derivative(x)
    glu(x, x)
    gelu_error(x)
    gates = x[:2000].view(2, 10, 100).clone()
    before = gates.clone()
    gate_statistics(gates)
    assert torch.equal(gates, before)
    assert torch.equal(x, X)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ACTIVATIONS["silu"].fn([1.0, math.nan]), "x must hold finite"),
        (lambda: ACTIVATIONS["gelu"].fn(torch.tensor(-math.inf)), "x must hold finite"),
        (lambda: ACTIVATIONS["relu"].fn(_as_any("abc")), "x must be a tensor"),
        (lambda: ACTIVATIONS["relu"].fn(torch.tensor(True)), "real numbers"),
        (lambda: glu([1.0], [1.0], "swish"), "activation must be one of"),
        (lambda: glu([1.0, 2.0], [1.0, 2.0, 3.0]), "broadcast"),
        (lambda: swish([1.0], math.nan), "beta"),
        (lambda: ffn_size(0, 5, True), "dim"),
        (lambda: equal_parameter_ffn(3, 5, multiple_of=0), "multiple_of"),
        (lambda: gradient_through_depth("relu", 0, 5, generator=_generator()), "depth"),
        (lambda: gradient_through_depth("relu", 2, 1, generator=_generator()), "width"),
        (lambda: gradient_through_depth("relu", 2, 5, norm="rms", generator=_generator()), "norm"),
        (lambda: gradient_through_depth("relu", 2, 5, init="x", generator=_generator()), "init"),
        (
            lambda: gradient_through_depth("relu", 200, 5, gain=1e6, generator=_generator()),
            "overflow",
        ),
        (lambda: DeadUnitsConfig(learning_rate=0.0), "learning_rate"),
        (lambda: DeadUnitsConfig(clip=-1.0), "clip"),
        (lambda: DeadUnitsConfig(activation="x"), "activation"),
        (lambda: train_until_dead(DeadUnitsConfig(), -1, _generator()), "steps"),
        (lambda: gate_statistics(torch.ones(3, 2)), "dimensions"),
        (lambda: gate_statistics(torch.ones(3, 2, 5), levels=()), "levels"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
