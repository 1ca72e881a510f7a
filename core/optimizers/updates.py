"""One update of each optimizer, step for step equal to `torch.optim`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from core.checks import finite, integer, number
from core.errors import InputError
from core.optimizers.rules import DEFAULTS, METHODS, RULES, Rule
from core.plain_checks import choice


@dataclass(frozen=True, slots=True)
class Update:
    """The result of one update.

    Attributes:
        parameters: the new parameters, in the form of the old ones.
        state: the optimizer's new state, for the next update.
        delta: new minus old parameters.
    """

    parameters: Any
    state: Any
    delta: Any


def update(
    method: str,
    parameters: Tensor | Sequence[float] | Sequence[Tensor],
    gradients: Tensor | Sequence[float] | Sequence[Tensor],
    state: Any = None,
    *,
    lr: float,
    **settings: Any,
) -> Update:
    """Return the parameters after one update; step for step equal to `torch.optim`.

    Args:
        method: one of `METHODS`. "muon" takes matrices only and, as PyTorch does, computes their
            orthogonalization in bfloat16.
        parameters: a tensor of any shape, a list of floats, or a list of tensors (the result then
            holds lists).
        gradients: of the same form.
        state: `Update.state` of the update before; None at the first one.
        lr: learning rate, at least 0; it may differ between updates.
        **settings: by PyTorch's names: momentum, nesterov, alpha, betas, eps, weight_decay,
            centered; each method takes its own (`DEFAULTS`).

    Raises:
        InputError: for another method or setting, a value outside its range, shapes that differ.

    Example:
        >>> update("adam", [1.0, 1.0], [3.0, 0.001], lr=0.1).parameters.tolist()
        [0.9000000003333333, 0.90000099999]

    Source: Polyak (1964); Nesterov (1983); Duchi et al. (2011); Tieleman and Hinton (2012, lecture
    6.5); Kingma and Ba (2015), algorithm 1; Loshchilov and Hutter (2019), algorithm 2; Jordan et
    al. (2024); conventions of `torch.optim`.
    """
    rule, known = prepared(method, lr, settings)
    if isinstance(parameters, Sequence) and parameters and isinstance(parameters[0], Tensor):
        if not isinstance(gradients, Sequence) or len(gradients) != len(parameters):
            raise InputError("gradients must be a list of {n} tensors.", n=len(parameters))
        states = state or [None] * len(parameters)
        triples: Any = zip(parameters, gradients, states, strict=True)
        done = [update(method, p, g, s, lr=lr, **settings) for p, g, s in triples]
        return Update(
            [one.parameters for one in done],
            [one.state for one in done],
            [one.delta for one in done],
        )
    p, g = finite("parameters", parameters), finite("gradients", gradients)  # type: ignore
    if p.shape != g.shape:
        raise InputError(
            "gradients must have the shape of parameters, {shape}; got {got}.",
            shape=tuple(p.shape),
            got=tuple(g.shape),
        )
    if method == "muon" and p.ndim != 2:
        raise InputError(
            "muon updates matrices; got parameters of shape {shape}.", shape=tuple(p.shape)
        )
    with torch.no_grad():
        new_state, delta = rule(p, g, state, lr, **known)
        return Update(p + delta, new_state, delta)


def prepared(method: str, lr: float, settings: Mapping[str, Any]) -> tuple[Rule, dict[str, Any]]:
    """Return the rule of a method and all of its settings, checked."""
    choice("method", method, METHODS)
    number("lr", lr, 0.0)
    known = DEFAULTS[method]
    for name, value in settings.items():
        if name not in known:
            raise InputError(
                "{name} is not a setting of {method}; it takes {known}.",
                name=name,
                method=method,
                known=", ".join(known),
            )
        if name in ("momentum", "alpha"):
            number(name, value, 0.0, 1.0)
        elif name == "eps":
            number(name, value, 0.0, low_open=True)
        elif name == "weight_decay":
            number(name, value, 0.0)
        elif name == "betas":
            if not isinstance(value, Sequence) or len(value) != 2:
                raise InputError("betas must be two numbers in [0, 1); got {got}.", got=repr(value))
            for beta in value:
                number("betas", beta, 0.0, 1.0, high_open=True)
        elif name == "ns_steps":
            integer(name, value, 0, 99)
    return RULES[method], known | dict(settings)
