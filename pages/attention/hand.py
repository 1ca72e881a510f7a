"""By hand: a small random layer, or Q, K and V typed in, stage by stage."""

from __future__ import annotations

import charts.attention as charts
import ui
from charts.format import number
from core.attention import head_entropy, uniform_weights
from pages.attention import controls, sentences, typed
from pages.attention.boards import cell_note, chosen_cell, show_board
from ui import _

SQUARES = ("scores", "masked", "weights")  # matrices whose cells are a query and a key


def draw() -> None:
    """Draw the matrices of a stage, its sentence and the arithmetic of the chosen cell."""
    view = _layer() if controls.source.value == "layer" else typed.view()
    if view is None:
        return
    names = charts.stages(view)
    chosen = chosen_cell(controls.cell)
    length = view.sizes[2]
    if chosen and not (chosen[1] < length and chosen[2] < length) and chosen[0] in SQUARES:
        chosen = None  # The sentence has become shorter.
    pair = chosen[1:] if chosen and chosen[0] in SQUARES else charts.largest_cell(view)
    with ui.figure():
        stage = controls.stage.draw(len(names))
        key = charts.stage_keys(view.projections is not None)[stage]
        lines = charts.hand_lines(view, key, pair)
        show_board([[names[stage]], *lines], key="att_hand", alt=_alt(view), cell=controls.cell)
    ui.note(charts.stage_sentence(view, key), keep=True)
    ui.formula(charts.weight_formula(view, *pair))
    ui.note(
        cell_note(lines, chosen) or _weight(view, *pair),
        keep=True,
    )
    _facts(view)
    ui.note(
        _(
            "Click a cell to see how its number is computed. Hatched cells are masked. The "
            "shapes use B for sentences, H for heads, T for words and D for the size of a word's "
            "vector: X is [B, T, D]; Q, K and V are [B, H, T, D/H]; scores and weights are "
            "[B, H, T, T]."
        )
    )


def _layer() -> charts.HandView | None:
    """Run the random layer on the visitor's sentences."""
    batch = controls.batch()
    if not batch.rows:
        ui.note(_("“Up to four sentences” is empty: type one."), keep=True)
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


def _weight(view: charts.HandView, query: int, key: int) -> str:
    """Return how a weight comes about, if the stage shows no clicked cell."""
    steps = charts.arithmetic(view.trace, query, key, (view.sentence, view.head))
    return f"{view.words[query]} → {view.words[key]}: {'; '.join(steps)}"


def _facts(view: charts.HandView) -> None:
    B, H, T, d = view.sizes
    trace, at = view.trace, (view.sentence, view.head)
    allowed = trace.masked_scores[at] > float("-inf")
    scaled, plain = charts.score_spread(view)
    ui.facts(
        [
            ui.Fact(
                "1/√d",
                number(view.trace.scale),
                _("d = {d}; standard deviation of the scores {a}, without it {b}").format(
                    d=d, a=number(scaled), b=number(plain)
                ),
                help=_(
                    "If the numbers of q and k are independent with mean 0 and variance 1, q·k has "
                    "variance d, and q·k/√d has variance 1. Real queries and keys need not be so."
                ),
            ),
            ui.Fact(
                _("mean entropy of a row"),
                _("{n} bits").format(n=number(float(head_entropy(trace.weights[at])))),
                _("{most} bits if all allowed words had equal weight").format(
                    most=number(float(head_entropy(uniform_weights(allowed))))
                ),
                help=_(
                    "0 bits: each word attends to a single word. log₂ n bits: it attends to n "
                    "words equally."
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
    query, key = charts.largest_cell(view)
    return _(
        "Attention of {heads} heads over {words} words: Q, K and V, scores, mask, weights, output. "
        "The last word, “{last}”, attends most to “{key}”, with weight {weight}."
    ).format(
        heads=H,
        words=T,
        last=view.words[query],
        key=view.words[key],
        weight=charts.weight_text(float(weights[query, key])),
    )
