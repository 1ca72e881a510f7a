"""The language model's own q and k, before and after rotation."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from torch import Tensor

import ui
from charts import positions as charts
from charts.format import number
from core import positions as core
from core.attention import kv_head_of_query
from core.lm import ModelTrace
from pages.positions_parts import shared
from ui import _, models

TEXT = "The cat that the dog chased was black. The dog that the cat chased was"
LONGEST = 96  # tokens: more cannot be read side by side
KEEP = ("queries", "keys", "rotated_queries", "rotated_keys")


@dataclass(frozen=True, slots=True)
class Head:
    """One head on one text."""

    q: Tensor  # (T, d), before rotation
    k: Tensor  # (T, d)
    q_rotated: Tensor  # (T, d), as the model computed it
    k_rotated: Tensor  # (T, d)
    results: dict[str, core.PositionScores]  # "none" and "rope"

    def vectors(self, name: str) -> tuple[Tensor, Tensor]:
        """q or k, before and after rotation."""
        return (self.q, self.q_rotated) if name == "q" else (self.k, self.k_rotated)


def trace(ids: tuple[int, ...]) -> ModelTrace:
    """All layers' q and k of a text."""
    model = models.language_model()
    return models.compute(
        ("positions", model.config.name, ids), lambda: model.trace(list(ids), keep=KEEP)
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def head_of(_kept: ModelTrace, ids: tuple[int, ...], layer: int, head: int, name: str) -> Head:
    """One head's vectors and scores in a trace, which `ids` and the model's `name` stand for."""
    config = models.language_model().config
    key_head = kv_head_of_query(config.num_heads, config.num_kv_heads)[head]
    q, k = _kept.queries[layer, head], _kept.keys[layer, key_head]
    results = {
        scheme: core.position_scores(
            q, k, scheme, base=config.rope_base, scaling=config.rope_scaling
        )
        for scheme in ("none", "rope")
    }
    turned = _kept.rotated_queries[layer, head], _kept.rotated_keys[layer, key_head]
    return Head(q, k, *turned, results)


def draw() -> None:
    """Draw the view."""
    model = models.language_model()
    config = model.config
    deepest = config.num_layers - 1
    columns = st.columns([2, 1, 1], gap="medium")
    with columns[0]:
        text = ui.live_text(_("Text"), TEXT, key="rope_text", rows=2)
    with columns[1]:
        start = min(16, deepest)
        layer = int(ui.live_slider(_("Layer"), 0, deepest, start, key="rope_layer"))
    with columns[2]:
        head = int(ui.live_slider(_("Head"), 0, config.num_heads - 1, 0, key="rope_head"))
    with columns[1]:
        drawn = ui.choice(
            _("Drawn"),
            {"scores": "q·k", "q": "q", "k": "k"},
            key="rope_drawn",
            hide_label=True,
        )
    ids, cut = models.encode_limited(text, LONGEST)
    if cut:
        ui.sentence(cut)
    ids = ids or [model.start_id]
    words = [ui.plain(model.token_text(i)) for i in ids]
    found = head_of(trace(tuple(ids)), tuple(ids), layer, head, config.name)
    with columns[2]:
        chosen = token(words)
    chips(words, chosen)
    plain, turned, third = st.columns([1, 1.08, 1.08], gap="small", vertical_alignment="bottom")
    beside = {"none": plain, "rope": turned}
    if drawn == "scores":
        end = max(float(r.scores.tril().abs().max()) for r in found.results.values())
        for scheme, column in beside.items():
            label, scores = charts.with_or_without(scheme), found.results[scheme].scores
            with column:
                ui.note(f"q·k/√d, {label}")
                ui.plot(
                    charts.text_scores(scores, words, end, chosen, bar=scheme == "rope"),
                    key=f"pos_text_{scheme}",
                    alt=_("Scores of layer {layer}, head {head}, {label}.").format(
                        layer=layer, head=head, label=label
                    ),
                    height=350,
                )
    else:
        pair = found.vectors(drawn)
        end = max(float(vectors.abs().max()) for vectors in pair)
        for (scheme, column), vectors in zip(beside.items(), pair, strict=True):
            label = _("after rotation") if scheme == "rope" else _("before rotation")
            with column:
                ui.note(f"{drawn}, {label}")
                ui.plot(
                    charts.text_vectors(vectors, words, end, chosen, bar=scheme == "rope"),
                    key=f"pos_vectors_{scheme}",
                    alt=_("{vector} of every token in layer {layer}, head {head}, {label}.").format(
                        vector=drawn, layer=layer, head=head, label=label
                    ),
                    height=350,
                )
    with third:
        side(found, chosen, words, "k" if drawn == "k" else "q")
    facts(found, chosen, config.rope_base)
    if drawn != "scores" and not ui.presenting():
        ui.note(
            _(
                "Fast pairs, on the left: a column of one color becomes a wave down the text. "
                "Slow pairs, on the right: it stays as it was."
            )
        )


def token(words: list[str]) -> int:
    """The token that looks: the last one, however long the text grows, or a chosen one."""
    held = ui.live_slider(
        _("Token that looks"), -1, len(words) - 1, -1, key="rope_token", words={-1: _("last")}
    )
    return int(held) if held >= 0 else len(words) - 1


def chips(words: list[str], chosen: int) -> None:
    """The text; a click chooses the token that looks."""
    ui.tokens(
        [ui.Token(word) for word in words],
        key="pos_chips",
        label=_("The text's tokens; click the one that looks"),
        selected=chosen,
        on_click=lambda index: ui.set_state({"rope_token": index}),
    )


def side(found: Head, chosen: int, words: list[str], vector: str) -> None:
    """The third figure, one of three; `vector`, "q" or "k", is the one whose pair is drawn."""
    kinds = {"distance": _("by distance"), "row": _("one token"), "pair": _("one pair")}
    shown = ui.choice(_("Beside it"), kinds, key="rope_side", hide_label=True)
    if shown == "distance":
        ui.plot(
            charts.distance_curves(found.results, name=charts.with_or_without),
            key="pos_text_distance",
            alt=_("The mean score at each distance, with and without RoPE."),
            height=310,
        )
    elif shown == "row":
        ui.plot(
            charts.row_scores(found.results, chosen, words),
            key="pos_text_row",
            alt=_("What token {i} scores against each token before it.").format(i=chosen),
            height=310,
        )
    else:
        chosen_pair = shared.pair(found.q.shape[-1] // 2)
        pair = slice(2 * chosen_pair, 2 * chosen_pair + 2)
        before, after = found.vectors(vector)
        ui.plot(
            charts.pair_cloud(before[:, pair], after[:, pair], chosen_pair, vector),
            key="pos_text_pair",
            alt=_("Pair {i} of every token's {vector}, before and after rotation.").format(
                i=chosen_pair, vector=vector
            ),
            height=270,
        )


def facts(found: Head, chosen: int, base: float) -> None:
    """Where the chosen token's scores are highest."""
    items = [ui.Fact(_("base"), number(base, 6), _("of this model"))]
    for scheme, result in found.results.items():
        row = result.scores[chosen, : chosen + 1]
        where = int(row.argmax())
        items.append(
            ui.Fact(
                charts.with_or_without(scheme),
                number(float(row[where])),
                _("highest score, at distance {d}").format(d=chosen - where),
            )
        )
    ui.facts(items)
