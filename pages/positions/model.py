"""The language model's own q and k, before and after rotation."""

from __future__ import annotations

import ui
from charts import positions as charts
from charts.format import number
from pages.positions import controls, heads
from ui import _, models


def draw() -> None:
    """Draw one head's scores or vectors with RoPE, and a second figure for comparison."""
    ids, cut = heads.encode(controls.text.value)
    if cut:
        ui.sentence(cut)
    model = models.language_model()
    words = [ui.plain(model.token_text(i)) for i in ids]
    found = heads.head(tuple(ids), controls.layer.value, controls.head.value)
    chosen = controls.token.value if controls.token.value >= 0 else len(words) - 1
    with ui.figure():
        ui.tokens(
            [ui.Token(word) for word in words],
            key="pos_chips",
            label=_("Tokens of the text; click one to make it the query"),
            selected=chosen,
            on_click=controls.token.set,
        )
        _heatmap(found, chosen, words, "rope")
    with ui.second_figure():
        _second(found, chosen, words)
    _facts(found, chosen, model.config.rope_base)
    if controls.drawn.value != "scores":
        ui.note(
            _(
                "On the left are the high-frequency pairs: a constant column turns into a wave "
                "along the text. On the right are the low-frequency pairs, which hardly change."
            )
        )


def _heatmap(found: heads.Head, chosen: int, words: list[str], scheme: str) -> None:
    """The scores, or q or k of every token, with RoPE ("rope") or without ("none")."""
    drawn = controls.drawn.value
    layer, head = controls.layer.value, controls.head.value
    title = charts.heatmap_title(drawn, scheme)
    if drawn == "scores":
        end = max(float(r.scores.tril().abs().max()) for r in found.results.values())
        spec = charts.text_scores(found.results[scheme].scores, words, end, chosen)
        key = f"pos_text_{scheme}"
    else:
        both = found.vectors(drawn)
        end = max(float(vectors.abs().max()) for vectors in both)
        spec = charts.text_vectors(both[scheme == "rope"], words, end, chosen)
        key = f"pos_vectors_{scheme}"
    ui.note(title, keep=True)
    alt = _("{title}: every token of the text in layer {layer}, head {head}.")
    ui.plot(spec, key=key, alt=alt.format(title=title, layer=layer, head=head), height=400)


def _second(found: heads.Head, chosen: int, words: list[str]) -> None:
    side = controls.side.value
    if side == "before":
        _heatmap(found, chosen, words, "none")
    elif side == "distance":
        ui.plot(
            charts.distance_curves(found.results, name=charts.with_or_without),
            key="pos_text_distance",
            alt=_("The mean score at each distance, with and without RoPE."),
            height=400,
        )
    elif side == "row":
        ui.plot(
            charts.row_scores(found.results, chosen, words),
            key="pos_text_row",
            alt=_("The scores of token {i} for itself and each earlier token.").format(i=chosen),
            height=400,
        )
    else:
        vector = "k" if controls.drawn.value == "k" else "q"
        pair = controls.pair.value
        components = slice(2 * pair, 2 * pair + 2)
        before, after = (vectors[:, components] for vectors in found.vectors(vector))
        ui.plot(
            charts.pair_cloud(before, after, pair, vector),
            key="pos_text_pair",
            alt=_("Pair {i} of every token's {vector}, before and after rotation.").format(
                i=pair, vector=vector
            ),
            height=400,
        )


def _facts(found: heads.Head, chosen: int, base: float) -> None:
    """Where the chosen token's scores are highest."""
    items = [ui.Fact(_("base"), number(base, 6), _("of this model"))]
    for scheme, result in found.results.items():
        row = result.scores[chosen, : chosen + 1]
        highest = int(row.argmax())
        items.append(
            ui.Fact(
                charts.with_or_without(scheme),
                number(float(row[highest])),
                _("highest score, at distance {d}").format(d=chosen - highest),
            )
        )
    ui.facts(items)
