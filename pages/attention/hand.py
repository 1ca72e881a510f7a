"""By hand: a small random layer, or Q, K and V typed in, stage by stage."""

from __future__ import annotations

import charts.attention as charts
import ui
from charts.format import number
from core.attention import head_entropy, uniform_weights
from pages.attention import controls, sentences, typed
from pages.attention.boards import show_board
from ui import _


def draw() -> None:
    """Draw the matrices of a stage, the main numbers and the largest weight as a formula."""
    view = _layer() if controls.source.value == "layer" else typed.view()
    if view is None:
        return
    names = charts.stages(view)
    with ui.figure():
        stage = controls.stage.draw(len(names))
        lines = charts.hand_lines(view, charts.stage_keys(view.projections is not None)[stage])
        show_board([[names[stage]], *lines], key="att_hand", alt=_alt(view))
    _facts(view)
    ui.formula(charts.weight_formula(view))
    ui.note(
        _(
            "Point at a cell to see how its number is computed. Hatched cells are masked. The "
            "shapes use B for sentences, H for heads, T for words and D for the size of a word's "
            "vector: X is [B, T, D]; Q, K and V are [B, H, T, D/H]; scores and weights are "
            "[B, H, T, T]."
        )
    )


def _layer() -> charts.HandView | None:
    """Run the random layer on the visitor's sentences."""
    batch = controls.batch()
    if not batch.rows:
        ui.note(_("Type a sentence; its words become the rows of X."), keep=True)
        return None
    if batch.cut:
        ui.sentence(
            _(
                "This view shows the first {sentences} sentences and the first {words} words of "
                "each. For longer texts use “Real heads”."
            ).format(sentences=sentences.MOST_SENTENCES, words=sentences.MOST_WORDS)
        )
    trace, projections = sentences.layer_run(
        batch,
        controls.side.value,
        controls.causal.value,
        controls.heads.value,
        controls.size.value,
        tuple(int(name) - 1 for name in controls.off.value),
        controls.seed.value,
    )
    shown = int(controls.sentence.value)
    return charts.HandView(trace, batch.rows[shown], shown, controls.head.value - 1, projections)


def _facts(view: charts.HandView) -> None:
    B, H, T, d = view.sizes
    trace, at = view.trace, (view.sentence, view.head)
    allowed = trace.masked_scores[at] > float("-inf")
    ui.facts(
        [
            ui.Fact(
                "1/√d",
                number(view.trace.scale),
                _("with d = {d}; it keeps the variance of the scores independent of d").format(d=d),
            ),
            ui.Fact(
                _("mean entropy of a row"),
                _("{n} bits").format(n=number(float(head_entropy(trace.weights[at])))),
                _("{most} bits if all allowed words had equal weight").format(
                    most=number(float(head_entropy(uniform_weights(allowed))))
                ),
            ),
            ui.Fact(
                _("attention weights"),
                f"{B}·{H}·{T}·{T} = {B * H * T * T}",
                _("twice as many words give four times as many weights"),
            ),
        ]
    )


def _alt(view: charts.HandView) -> str:
    _B, H, T, _d = view.sizes
    weights = view.trace.weights[view.sentence, view.head]
    most = int(weights[-1].argmax())
    return _(
        "Attention of {heads} heads over {words} words: Q, K and V, scores, mask, weights, output. "
        "The last word, “{last}”, attends most to “{key}”, with weight {weight}."
    ).format(
        heads=H,
        words=T,
        last=view.words[-1],
        key=view.words[most],
        weight=f"{float(weights[-1, most]):.2f}",
    )
