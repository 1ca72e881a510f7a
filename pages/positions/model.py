"""The language model's own q and k, before and after rotation."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import ui
from charts import positions as charts
from charts.format import number, probability
from pages.positions import controls, heads
from ui import _, models


def chips() -> None:
    """Draw the text's tokens; a click chooses the query."""
    with suppress(ui.Notice):  # a missing model: the view says so
        words = heads.encode(controls.text.value)[1]
        ui.tokens(
            [ui.Token(word) for word in words],
            key="pos_chips",
            label=_("Tokens of the text; click one to make it the query"),
            selected=_query(words),
            on_click=controls.token.set,
        )


def _query(words: list[str]) -> int:
    return controls.token.value if controls.token.value >= 0 else len(words) - 1


def draw() -> None:
    """Draw one head's scores or vectors with RoPE, and a second figure for comparison."""
    ids, words, cut = heads.encode(controls.text.value)
    if cut:
        ui.sentence(cut)
    if not ids:
        ui.note(_("Type a text. The figures show one head of the model on its tokens."), keep=True)
        return
    found = heads.head(ids, controls.layer.value, controls.head.value)
    query = _query(words)
    largest = int(found.weights["rope"][query].argmax())
    key = min(controls.key_token.value, query) if controls.key_token.value >= 0 else largest
    cell = query, key
    with ui.figure():
        _heatmap(found, cell, words, controls.drawn.value, "rope")
    with ui.second_figure():
        _second(found, cell, words)
    if controls.drawn.value == "scores":
        _arithmetic(found, cell, words)
    else:
        ui.note(_("On the left, the high-frequency pairs: columns turn into waves along the text."))
    ui.facts(_facts(found, query, words))
    ui.model_card()


def _facts(found: heads.Head, query: int, words: list[str]) -> list[ui.Fact]:
    base = number(models.language_model().config.rope_base, 6)
    items = [ui.Fact(_("base"), base, _("of this model"))]
    for scheme, weights in found.weights.items():
        key = int(weights[query].argmax())
        where = _("largest weight of the query: on “{word}”, distance {d}")
        items.append(
            ui.Fact(
                charts.with_or_without(scheme),
                probability(float(weights[query, key])),
                where.format(word=words[key], d=query - key),
            )
        )
    previous = [
        probability(float(found.weights[scheme].diagonal(-1).mean())) if len(words) > 1 else "—"
        for scheme in ("rope", "none")
    ]
    items.append(
        ui.Fact(
            _("weight on the previous token"),
            previous[0],
            _("without RoPE: {share}").format(share=previous[1]),
            help=_("Mean over all queries except the first token, which has no previous token."),
        )
    )
    return items


def _arithmetic(found: heads.Head, cell: tuple[int, int], words: list[str]) -> None:
    """Write the chosen cell's score and weight with their numbers."""
    query, key = cell
    (_before_q, q), (_before_k, k) = found.vectors["q"], found.vectors["k"]
    terms = (q[query] * k[key]).unflatten(0, (-1, 2)).sum(dim=1)
    row = found.results["rope"].scores[query, : query + 1]
    score, highest = float(row[key]), float(row.max())
    total = float((row - highest).exp().sum())
    weight = float(found.weights["rope"][query, key])
    ui.formula(
        rf"\frac{{q\cdot k}}{{\sqrt d}}=\frac{{{float(terms.sum()):.2f}}}{{\sqrt{{{len(q[0])}}}}}"
        rf"={score:.2f},\qquad \text{{softmax}}="
        rf"\frac{{e^{{{score:.2f}-({highest:.2f})}}}}{{{total:.3f}}}={weight:.4g}"
    )
    strongest = terms.abs().argsort(descending=True)[:3].tolist()
    ui.note(
        _(
            "Query {i} “{query}”, key {j} “{key}”, distance {d}: the {n} pairs add up to q·k; "
            "the largest terms are {terms}. Without RoPE the score is {score} and the weight "
            "{weight}. Click a cell to see its numbers."
        ).format(
            i=query,
            query=words[query],
            j=key,
            key=words[key],
            d=query - key,
            n=len(terms),
            terms=", ".join(
                _("{x} (pair {i})").format(x=number(float(terms[i])), i=i) for i in strongest
            ),
            score=number(float(found.results["none"].scores[query, key])),
            weight=probability(float(found.weights["none"][query, key])),
        ),
        keep=True,
    )


def _heatmap(
    found: heads.Head, cell: tuple[int, int], words: list[str], drawn: str, scheme: str
) -> None:
    """The scores or weights, or q or k of every token, with RoPE ("rope") or without ("none")."""
    title = charts.heatmap_title(drawn, scheme)
    click = _choose_cell
    if drawn == "scores":
        end = found.color_end
        spec = charts.text_scores(found.results[scheme].scores, words, end, cell)
        title = _("{title}; colors end at ±{end}").format(title=title, end=number(end, 2))
    elif drawn == "weights":
        spec = charts.text_weights(found.weights[scheme], words, cell)
    else:
        before, after = found.vectors[drawn]
        end = max(float(vectors.abs().max()) for vectors in (before, after))
        shown = after if scheme == "rope" else before
        spec = charts.text_vectors(shown, words, end, cell[0])
        click = _choose_row
    ui.note(title, keep=True)
    alt = _("{title}, in layer {layer}, head {head}, for every token of the text.").format(
        title=title, layer=controls.layer.value, head=controls.head.value
    )
    name = {"scores": "text", "weights": "weights"}.get(drawn, "vectors")
    ui.plot(spec, key=f"pos_{name}_{scheme}", alt=alt, height=400, on_click=click)


def _second(found: heads.Head, cell: tuple[int, int], words: list[str]) -> None:
    side, drawn = controls.side.value, controls.drawn.value
    if side == "before":
        _heatmap(found, cell, words, drawn, "none")
        return
    if side == "weights":
        _heatmap(found, cell, words, "weights", "rope")
        return
    if side == "distance":
        spec = charts.distance_curves(found.results, name=charts.with_or_without)
        alt = _("The mean score at each distance, with and without RoPE.")
    elif side == "row":
        spec = charts.row_scores(found.results, cell[0], words)
        alt = _("The scores of token {i} for itself and each earlier token.").format(i=cell[0])
    else:
        vector = "k" if drawn == "k" else "q"
        pair = controls.pair.value
        both = (vectors[:, 2 * pair : 2 * pair + 2] for vectors in found.vectors[vector])
        spec = charts.pair_cloud(*both, pair, vector)
        alt = _("Pair {i} of every token's {vector}, before and after rotation.")
        alt = alt.format(i=pair, vector=vector)
    ui.plot(spec, key=f"pos_text_{side}", alt=alt, height=400)


def _choose_row(mark: dict[str, Any]) -> None:
    """Make the clicked row the query."""
    controls.token.set(max(mark["y"], 0))


def _choose_cell(mark: dict[str, Any]) -> None:
    """Make the clicked row the query and the clicked column the key."""
    _choose_row(mark)
    controls.key_token.set(max(mark["x"], 0))
