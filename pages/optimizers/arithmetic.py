"""Formulas with their numbers: an update of the coordinate x, and a learning rate."""

from __future__ import annotations

from core.optimizers import OptimizerStep, Orthogonalization, clip_by_norm, learning_rate
from core.optimizers.matrices import COEFFICIENTS
from core.optimizers.schedules import TIMESCALE, decay_start


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


def rate_formula(kind: str, step: int, total: int, peak: float, warmup: int) -> str:
    """Return the LaTeX of the learning rate of one update."""
    left = rf"\eta_{{{step}}} = "
    right = f" = {_tex(learning_rate(kind, step, total, peak, warmup))}"
    top = _tex(peak)
    if step < warmup:
        return rf"{left}{top} \cdot \frac{{{step}}}{{{warmup}}}{right}"
    if kind == "constant":
        return f"{left}{top}"
    if kind == "inverse_sqrt":
        scale = warmup or TIMESCALE
        inside = rf"\frac{{{scale}}}{{{step} - {warmup} + {scale}}}"
        return rf"{left}{top} \cdot \sqrt{{{inside}}}{right}"
    if kind == "linear":
        return rf"{left}{top} \cdot \frac{{{total} - {step}}}{{{total} - {warmup}}}{right}"
    first = warmup if kind == "cosine" else decay_start(total, warmup)
    if step < first:
        return f"{left}{top}"
    inside = rf"1 + \cos\left(\pi \cdot \frac{{{step} - {first}}}{{{total} - {first}}}\right)"
    return rf"{left}{top} \cdot \frac{{1}}{{2}}\left({inside}\right){right}"


def clipped_formula(step: OptimizerStep, rate: float, threshold: float) -> str:
    """Return the LaTeX of one clipped update: the norm, the factor and the update of w."""
    found = clip_by_norm(step.gradient, threshold)
    scale, g = _tex(found.scale), _tex(step.gradient[0])
    return (
        rf"\lVert g \rVert = {_tex(found.norm)}, \quad "
        rf"\min\left(1, \frac{{{_tex(threshold)}}}{{\lVert g \rVert}}\right) = {scale}, \quad "
        rf"\Delta w = -{_tex(rate)} \cdot {scale} \cdot ({g}) = {_tex(step.update[0])}"
    )


def newton_schulz_formula(found: Orthogonalization, step: int) -> str:
    """Return the LaTeX of one iteration, for both singular values."""
    if not step:
        norm, values = _tex(found.before.norm()), map(_tex, found.singular_values[0])
        return (
            r"X_0 = \frac{G}{\lVert G \rVert}, \quad \lVert G \rVert = "
            rf"{norm}, \quad \sigma = {', '.join(values)}"
        )
    a, b, c = COEFFICIENTS
    lines = []
    for old, new in zip(*found.singular_values[step - 1 : step + 1], strict=True):
        s = f"({_tex(old)})"
        lines.append(rf"{a} \cdot {s} - {-b} \cdot {s}^3 + {c} \cdot {s}^5 &= {_tex(new)}")
    return r"\begin{aligned}" + r"\\".join(lines) + r"\end{aligned}"
