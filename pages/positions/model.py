"""The language model's own q and k, before and after rotation."""

from __future__ import annotations

from contextlib import suppress

import ui
from charts import positions as charts
from charts.format import number
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
    found = heads.head(ids, controls.layer.value, controls.head.value)
    chosen = _query(words)
    with ui.figure():
        _heatmap(found, chosen, words, "rope")
    with ui.second_figure():
        _second(found, chosen, words)
    base = number(models.language_model().config.rope_base, 6)
    items = [ui.Fact(_("base"), base, _("of this model"))]
    for scheme, result in found.results.items():
        row = result.scores[chosen, : chosen + 1]
        distance = chosen - int(row.argmax())
        where = _("highest score, at distance {d}").format(d=distance)
        items.append(ui.Fact(charts.with_or_without(scheme), number(float(row.max())), where))
    ui.facts(items)
    if controls.drawn.value != "scores":
        ui.note(_("On the left, the high-frequency pairs: columns turn into waves along the text."))


def _heatmap(found: heads.Head, chosen: int, words: list[str], scheme: str) -> None:
    """The scores, or q or k of every token, with RoPE ("rope") or without ("none")."""
    drawn = controls.drawn.value
    if drawn == "scores":
        end = max(float(r.scores.tril().abs().max()) for r in found.results.values())
        spec = charts.text_scores(found.results[scheme].scores, words, end, chosen)
    else:
        before, after = found.vectors[drawn]
        end = max(float(vectors.abs().max()) for vectors in (before, after))
        shown = after if scheme == "rope" else before
        spec = charts.text_vectors(shown, words, end, chosen)
    title = charts.heatmap_title(drawn, scheme)
    ui.note(title, keep=True)
    alt = _("{title}, in layer {layer}, head {head}, for every token of the text.").format(
        title=title, layer=controls.layer.value, head=controls.head.value
    )
    name = "text" if drawn == "scores" else "vectors"
    ui.plot(spec, key=f"pos_{name}_{scheme}", alt=alt, height=400)


def _second(found: heads.Head, chosen: int, words: list[str]) -> None:
    side = controls.side.value
    if side == "before":
        _heatmap(found, chosen, words, "none")
        return
    if side == "distance":
        spec = charts.distance_curves(found.results, name=charts.with_or_without)
        alt = _("The mean score at each distance, with and without RoPE.")
    elif side == "row":
        spec = charts.row_scores(found.results, chosen, words)
        alt = _("The scores of token {i} for itself and each earlier token.").format(i=chosen)
    else:
        vector = "k" if controls.drawn.value == "k" else "q"
        pair = controls.pair.value
        both = (vectors[:, 2 * pair : 2 * pair + 2] for vectors in found.vectors[vector])
        spec = charts.pair_cloud(*both, pair, vector)
        alt = _("Pair {i} of every token's {vector}, before and after rotation.")
        alt = alt.format(i=pair, vector=vector)
    ui.plot(spec, key=f"pos_text_{side}", alt=alt, height=400)
