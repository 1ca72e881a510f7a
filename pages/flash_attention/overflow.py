"""Overflow: scores so large that e^s leaves the number format."""

from __future__ import annotations

from torch import Tensor

import ui
from charts import flash_attention as charts
from charts.format import number
from core import flash_attention as core
from core.flash_attention import Overflow, SoftmaxInFormat
from pages.flash_attention import controls, inputs, tiles
from ui import _


def scores(head: inputs.Head) -> Tensor:
    """Return the last query's scores q·k/√d, multiplied and moved by the controls."""
    plain = (head.k @ head.q[-1]) * head.q.shape[-1] ** -0.5
    return plain.double() * controls.factor.value + controls.offset.value


def result(head: inputs.Head) -> Overflow:
    """Return both ways to compute the softmax, in the chosen format."""
    return core.softmax_in_format(scores(head), controls.number_format.value)


def draw() -> None:
    """Draw the exponents over the format's range, then the weights of both ways."""
    head = tiles.head()
    if head is None:
        return
    name = controls.number_format.value
    found = result(head)
    broken = int(found.plain.weights.isnan().sum())
    with ui.figure():
        ui.plot(
            charts.exponents(found, name, head.words),
            key="flash_exponents",
            alt=_("The largest score is {m}; above {limit}, e^s overflows {format}.").format(
                m=_signed(found.shifted.shift), limit=number(found.limit, 4), format=name
            ),
            height=400,
            on_click=lambda mark: controls.cell.set(round(mark["x"]) + 1),
        )
    with ui.second_figure():
        ui.plot(
            charts.weights(found, head.words),
            key="flash_weights",
            alt=_("Weights; without subtracting, {n} of {all} are NaN.").format(
                n=broken, all=len(found.exact)
            ),
            height=400,
            on_click=lambda mark: controls.cell.set(round(mark["x"]) + 1),
        )
    ui.note(outcome(found, name), keep=True)
    ui.note(
        _(
            "With m subtracted, the largest e^(s − m) is 1, so the sum of {n} terms lies between 1 "
            "and {n} and cannot overflow. Largest error of a weight: {error}."
        ).format(n=len(found.exact), error=_error(found, found.shifted)),
        keep=True,
    )
    _cell(found, head.words)
    ui.facts(
        [
            ui.Fact(_("largest score m"), _signed(found.shifted.shift)),
            ui.Fact(
                _("largest finite e^s"),
                number(found.largest),
                _("s up to {n}").format(n=number(found.limit, 4)),
            ),
            ui.Fact("Σ e^s", number(found.plain.total), _("nothing subtracted")),
            ui.Fact("Σ e^(s − m)", number(found.shifted.total, 4), _("m subtracted")),
        ]
    )
    ui.note(
        _(
            "The scores are those of the last token as query, for the head chosen under “More "
            "controls”, rounded to {format}. Every operation rounds to this format. Real kernels "
            "keep m, ℓ and the output in float32, and still subtract m: float32 overflows from "
            "s = {n}."
        ).format(format=name, n=number(core.exponent_range("float32")[1], 4))
    )


def outcome(found: Overflow, name: str) -> str:
    """Return what happens without subtracting the maximum, and why."""
    plain = found.plain
    values = {
        "m": _signed(found.shifted.shift),
        "limit": number(found.largest, 5),
        "format": name,
        "n": int(plain.weights.isnan().sum()),
        "all": len(found.exact),
        "error": _error(found, plain),
    }
    if bool(plain.exponentials.isinf().any()):
        text = _(
            "Nothing subtracted: e^{m} exceeds {format}'s largest number {limit} and becomes ∞. "
            "∞/∞ is NaN: {n} of {all} weights are NaN, and the others are 0."
        )
    elif plain.total == float("inf"):
        text = _(
            "Nothing subtracted: every e^s is finite in {format}, but their sum is ∞, so every "
            "weight is 0."
        )
    elif plain.total == 0:
        text = _(
            "Nothing subtracted: every e^s, even e^{m}, is 0 in {format}. 0/0 is NaN: {n} of {all} "
            "weights are NaN."
        )
    else:
        text = _(
            "Nothing subtracted: e^{m} still fits into {format}. Largest error of a weight: "
            "{error}."
        )
    return text.format(**values)


def _cell(found: Overflow, words: tuple[str, ...]) -> None:
    """Write the arithmetic of the clicked token."""
    i = controls.cell.value - 1
    if not 0 <= i < len(words):
        ui.note(_("Click a token to see the arithmetic of its weight."), keep=True)
        return
    ui.note(
        _(
            "“{token}”: s = {s}. Nothing subtracted: e^s = {e}, weight {a}. m subtracted: e^({s} − "
            "{m}) = {f}, weight {b}. Exact: {exact}."
        ).format(
            token=words[i],
            s=_signed(float(found.scores[i])),
            m=_signed(found.shifted.shift),
            e=_value(float(found.plain.exponentials[i])),
            a=_value(float(found.plain.weights[i])),
            f=_value(float(found.shifted.exponentials[i])),
            b=_value(float(found.shifted.weights[i])),
            exact=number(float(found.exact[i])),
        ),
        keep=True,
    )


def _error(found: Overflow, way: SoftmaxInFormat) -> str:
    return number(float((way.weights.double() - found.exact).abs().max()), 2)


def _value(x: float) -> str:
    return "NaN" if x != x else number(x)


def _signed(x: float) -> str:
    return f"{x:.2f}".replace("-", "−")
