"""The formula of one update with its numbers, for the coordinate x."""

from __future__ import annotations

from core.optimizers import OptimizerStep


def update_formula(
    method: str, step: OptimizerStep, rate: float, momentum: float, beta2: float, t: int
) -> str:
    """Return the LaTeX of update `t` (from 1) of x, with AdamW's default weight decay."""
    g, delta, lr = _tex(step.gradient[0]), _tex(step.update[0]), _tex(rate)
    m, v = (_tex(part[0]) if part is not None else "" for part in (step.m, step.v))
    if method == "sgd":
        return rf"\Delta x = -\eta\, g = -{lr} \cdot ({g}) = {delta}"
    if method == "momentum":
        return rf"m = \mu m + g = {m}, \quad \Delta x = -\eta\, m = -{lr} \cdot ({m}) = {delta}"
    if method == "nesterov":
        return (
            rf"m = \mu m + g = {m}, \quad \Delta x = -\eta\,(g + \mu m) = "
            rf"-{lr} \cdot ({g} + {_tex(momentum)} \cdot ({m})) = {delta}"
        )
    if method == "adagrad":
        return (
            r"\Delta x = -\eta \frac{g}{\sqrt{v} + \varepsilon} = "
            rf"-{lr} \cdot \frac{{{g}}}{{\sqrt{{{v}}} + 10^{{-10}}}} = {delta}"
        )
    if method == "rmsprop":
        return (
            r"\Delta x = -\eta \frac{g}{\sqrt{v} + \varepsilon} = "
            rf"-{lr} \cdot \frac{{{g}}}{{\sqrt{{{v}}} + 10^{{-8}}}} = {delta}"
        )
    assert step.m_hat is not None and step.v_hat is not None  # noqa: PT018
    m_hat, v_hat = _tex(step.m_hat[0]), _tex(step.v_hat[0])
    decay = rf" - {lr} \cdot 0.01 \cdot ({_tex(step.position[0])})" if method == "adamw" else ""
    return (
        rf"\hat m = \frac{{{m}}}{{1 - 0.9^{{{t}}}}} = {m_hat}, \quad "
        rf"\hat v = \frac{{{v}}}{{1 - {beta2:g}^{{{t}}}}} = {v_hat}, \quad "
        rf"\Delta x = -{lr} \cdot \frac{{{m_hat}}}{{\sqrt{{{v_hat}}} + 10^{{-8}}}}{decay} = {delta}"
    )


def _tex(value: object) -> str:
    """Return a number with four digits as LaTeX."""
    text = f"{float(value):.4g}"  # type: ignore
    mantissa, e, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e else text
