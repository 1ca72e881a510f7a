"""Activation functions and their derivatives, each in its textbook closed form."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import Values, choice, finite, number


@dataclass(frozen=True, slots=True)
class Activation:
    """One activation: `fn` and `derivative` map a tensor of any shape element by element."""

    name: str
    label: str
    fn: Callable[[Values], Tensor]
    derivative: Callable[[Values], Tensor]
    latex: str
    derivative_latex: str
    source: str


def sigmoid(x: Values) -> Tensor:
    """Return 1 / (1 + e^-x)."""
    return torch.sigmoid(finite("x", x))


def sigmoid_derivative(x: Values) -> Tensor:
    """Return σ(x)·(1 - σ(x)), at most 1/4; written σ(x)·σ(-x), which loses no digits."""
    x = finite("x", x)
    return torch.sigmoid(x) * torch.sigmoid(-x)


def tanh(x: Values) -> Tensor:
    """Return (e^x - e^-x) / (e^x + e^-x)."""
    return torch.tanh(finite("x", x))


def tanh_derivative(x: Values) -> Tensor:
    """Return 1 - tanh²(x), written 4·σ(2x)·σ(-2x), which loses no digits."""
    return 4.0 * sigmoid_derivative(2.0 * finite("x", x))


def relu(x: Values) -> Tensor:
    """Return max(0, x)."""
    return torch.relu(finite("x", x))


def relu_derivative(x: Values) -> Tensor:
    """Return 1 where x > 0, else 0 (0 at the kink, by convention)."""
    x = finite("x", x)
    return (x > 0).to(x.dtype)


def leaky_relu(x: Values, slope: float = 0.01) -> Tensor:
    """Return x where x > 0, else slope·x."""
    x = finite("x", x)
    return torch.where(x > 0, x, slope * x)


def leaky_relu_derivative(x: Values, slope: float = 0.01) -> Tensor:
    """Return 1 where x > 0, else the slope."""
    x = finite("x", x)
    return torch.where(x > 0, torch.ones_like(x), torch.full_like(x, slope))


def elu(x: Values, alpha: float = 1.0) -> Tensor:
    """Return x where x > 0, else alpha·(e^x - 1)."""
    x = finite("x", x)
    # The clamp keeps the branch not taken from overflowing, whose gradient would be 0·inf = NaN.
    return torch.where(x > 0, x, alpha * torch.expm1(x.clamp(max=0.0)))


def elu_derivative(x: Values, alpha: float = 1.0) -> Tensor:
    """Return 1 where x > 0, else alpha·e^x."""
    x = finite("x", x)
    return torch.where(x > 0, torch.ones_like(x), alpha * torch.exp(x.clamp(max=0.0)))


def softplus(x: Values) -> Tensor:
    """Return ln(1 + e^x), a smooth ReLU."""
    x = finite("x", x)
    return torch.logaddexp(x, torch.zeros_like(x))


def softplus_derivative(x: Values) -> Tensor:
    """Return σ(x)."""
    return sigmoid(x)


def gelu(x: Values) -> Tensor:
    """Return x·Φ(x), Φ the normal distribution function: ½·x·erfc(-x/√2)."""
    x = finite("x", x)
    return 0.5 * x * torch.special.erfc(-x / math.sqrt(2.0))


def gelu_derivative(x: Values) -> Tensor:
    """Return Φ(x) + x·φ(x), φ the normal density."""
    x = finite("x", x)
    density = torch.exp(-0.5 * x.square()) / math.sqrt(2.0 * math.pi)
    return 0.5 * torch.special.erfc(-x / math.sqrt(2.0)) + x * density


def gelu_tanh(x: Values) -> Tensor:
    """Return ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), GPT-2's approximation of GELU."""
    x = finite("x", x)
    inner = math.sqrt(2.0 / math.pi) * (x + 0.044715 * x.pow(3))
    return 0.5 * x * (1.0 + torch.tanh(inner))


def gelu_tanh_derivative(x: Values) -> Tensor:
    """Return ½·(1 + tanh u) + ½·x·(1 - tanh² u)·u′ with u = √(2/π)·(x + 0.044715·x³)."""
    x = finite("x", x)
    t = torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x.pow(3)))
    slope = math.sqrt(2.0 / math.pi) * (1.0 + 3.0 * 0.044715 * x.square())
    return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t.square()) * slope


def swish(x: Values, beta: float = 1.0) -> Tensor:
    """Return x·σ(beta·x): x/2 at beta 0, SiLU at 1, towards ReLU as beta grows.

    Args:
        x: any shape, finite.
        beta: any finite number; negative ones mirror the curve.

    Returns:
        x's shape.

    Example:
        >>> swish([4.0], beta=0.0).tolist()
        [2.0]

    Source: Ramachandran, Zoph, Le 2017, arXiv:1710.05941, section 4.
    """
    beta = number("beta", beta)
    x = finite("x", x)
    return x * torch.sigmoid(beta * x)


def swish_derivative(x: Values, beta: float = 1.0) -> Tensor:
    """Return σ(βx) + βx·σ(βx)·σ(-βx)."""
    beta = number("beta", beta)
    scaled = beta * finite("x", x)
    gate = torch.sigmoid(scaled)
    return gate + scaled * gate * torch.sigmoid(-scaled)


def silu(x: Values) -> Tensor:
    """Return x·σ(x), also called Swish."""
    x = finite("x", x)
    return x * torch.sigmoid(x)


def silu_derivative(x: Values) -> Tensor:
    """Return σ(x)·(1 + x·σ(-x))."""
    x = finite("x", x)
    return torch.sigmoid(x) * (1.0 + x * torch.sigmoid(-x))


def mish(x: Values) -> Tensor:
    """Return x·tanh(softplus(x))."""
    x = finite("x", x)
    return x * torch.tanh(softplus(x))


def mish_derivative(x: Values) -> Tensor:
    """Return tanh(s) + x·(1 - tanh²(s))·σ(x) with s = softplus(x)."""
    x = finite("x", x)
    t = torch.tanh(softplus(x))
    return t + x * (1.0 - t.square()) * torch.sigmoid(x)


def _table() -> dict[str, Activation]:
    phi = r"\tfrac{1}{2}\left(1+\operatorname{erf}\tfrac{x}{\sqrt 2}\right)"
    tanh_gelu = r"\tfrac{x}{2}\left(1+\tanh\sqrt{\tfrac{2}{\pi}}\,(x+0.044715x^3)\right)"
    rows = [
        ("sigmoid", "Sigmoid", sigmoid, sigmoid_derivative,
         r"\sigma(x)=\frac{1}{1+e^{-x}}", r"\sigma(x)\,(1-\sigma(x))",
         "Cybenko 1989"),
        ("tanh", "tanh", tanh, tanh_derivative,
         r"\frac{e^x-e^{-x}}{e^x+e^{-x}}", r"1-\tanh^2 x",
         "LeCun et al. 1998, Efficient BackProp, section 4.4"),
        ("relu", "ReLU", relu, relu_derivative,
         r"\max(0,x)", r"[x>0]",
         "Nair, Hinton 2010"),
        ("leaky_relu", "Leaky ReLU", leaky_relu, leaky_relu_derivative,
         r"\max(0,x)+0.01\min(0,x)", r"[x>0]+0.01\,[x\le 0]",
         "Maas, Hannun, Ng 2013"),
        ("elu", "ELU", elu, elu_derivative,
         r"x\ \text{if}\ x>0\ \text{else}\ e^x-1", r"1\ \text{if}\ x>0\ \text{else}\ e^x",
         "Clevert, Unterthiner, Hochreiter 2015, arXiv:1511.07289"),
        ("softplus", "Softplus", softplus, softplus_derivative,
         r"\ln(1+e^x)", r"\sigma(x)",
         "Dugas et al. 2001"),
        ("gelu", "GELU", gelu, gelu_derivative,
         r"x\,\Phi(x)=x\cdot" + phi, r"\Phi(x)+x\,\varphi(x)",
         "Hendrycks, Gimpel 2016, arXiv:1606.08415"),
        ("gelu_tanh", "GELU (tanh)", gelu_tanh, gelu_tanh_derivative,
         tanh_gelu, r"\tfrac{1}{2}(1+\tanh u)+\tfrac{x}{2}(1-\tanh^2 u)\,u'",
         "Hendrycks, Gimpel 2016, arXiv:1606.08415, section 2"),
        ("silu", "SiLU (Swish)", silu, silu_derivative,
         r"x\,\sigma(x)", r"\sigma(x)\,(1+x\,(1-\sigma(x)))",
         "Elfwing, Uchibe, Doya 2017, arXiv:1702.03118; Ramachandran et al. 2017"),
        ("mish", "Mish", mish, mish_derivative,
         r"x\tanh(\ln(1+e^x))", r"\tanh s+x\,(1-\tanh^2 s)\,\sigma(x),\ s=\ln(1+e^x)",
         "Misra 2019, arXiv:1908.08681"),
    ]  # fmt: skip
    return {row[0]: Activation(*row) for row in rows}


ACTIVATIONS: dict[str, Activation] = _table()


def activation(name: str) -> Activation:
    """Return the entry of `ACTIVATIONS`, or say which names there are.

    Example:
        >>> activation("silu").label
        'SiLU (Swish)'
    """
    return ACTIVATIONS[choice("activation", name, tuple(ACTIVATIONS))]
