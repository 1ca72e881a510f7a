"""On text: a small MoE language model, token by token; and what its experts specialize in."""

from __future__ import annotations

import streamlit as st
import torch

import ui
from charts import moe as charts
from charts.format import count, number, probability
from core.moe import Specialization, load_statistics, specialization
from core.moe.tiny_lm import (
    DOMAINS,
    MoELanguageModel,
    MoETextTrace,
    load_moe_lm,
    load_texts,
)
from core.tokenizers.alphabet import symbol_bytes
from pages.moe_parts.now import now
from ui import _, models, tokens

TEXT = (
    "In the beginning God created the heaven and the earth.\n"
    "床前明月光，疑是地上霜。\n"
    "def add(a, b):\n    return a + b\n"
    "12 + 30 = 42"
)
MEASURED = 2048  # held-out tokens per domain
_READ = 2000  # characters looked at; the model's context is far shorter


@st.cache_resource(max_entries=1, show_spinner=False)
def model() -> MoELanguageModel:
    """The model that ships with the project; read-only, one for all visitors."""
    return load_moe_lm()


def draw() -> None:
    """Draw the view."""
    text = ui.live_text(_("Text"), TEXT, key="moe_text", rows=4)
    held = model()
    ids = tuple(held.encode(text[:_READ])[: held.config.context])
    if not ids:
        ui.note(_("Type a text: its tokens go to the experts."))
    layers = held.config.num_layers
    left, right = st.columns([1, 1.6], gap="medium", vertical_alignment="bottom")
    with left:
        layer = int(ui.live_slider(_("Layer"), 1, layers, 2, 1, key="moe_layer")) - 1
    own = None
    if ids:
        trace = models.compute(("moe_trace", ids), lambda: held.trace(ids))
        now().text = trace
        own = load_statistics(
            torch.bincount(trace.expert_index[layer].reshape(-1), minlength=held.config.num_experts)
        ).share
        with right:
            at = ui.stepper(
                _("Token"),
                len(ids),
                key="moe_tok",
                value=min(3, len(ids) - 1),
                name=_("token"),
                first=1,
            )
        _tokens(held, trace, layer, at)
        if not ui.presenting():
            _read(held, text, ids)
    measured: Specialization = models.compute(
        ("moe_specialization", MEASURED),
        lambda: specialization(held, {d: load_texts(d) for d in DOMAINS}, MEASURED),
    )
    now().measured = measured
    _specialized(measured, layer, own)


def _read(held: MoELanguageModel, text: str, ids: tuple[int, ...]) -> None:
    said = _(
        "{k} of {e} experts per token and layer; a model of {n} layers trained by this project on "
        "the Bible in English, old Chinese texts, Python and sums."
    ).format(k=held.config.top_k, e=held.config.num_experts, n=held.config.num_layers)
    if len(text) > _READ or len(ids) == held.config.context:
        said += " " + _("The first {n} tokens are used.").format(n=len(ids))
    ui.note(said)


def piece(held: MoELanguageModel, token: int, text: str) -> str | bytes:
    """A token's text, or its bytes where they are no whole character."""
    if "\ufffd" not in text:
        return text
    symbol = held.tokenizer.id_to_token(token)
    return text if symbol is None else symbol_bytes(symbol)


def _tokens(held: MoELanguageModel, trace: MoETextTrace, layer: int, at: int) -> None:
    pieces = [piece(held, i, text) for i, text in zip(trace.ids, trace.tokens, strict=True)]
    gates = trace.gate[layer].tolist()
    chosen = trace.expert_index[layer].tolist()
    chips = [
        ui.Token(
            data,
            " + ".join(
                f"{g:.2f} · {charts.name(e)}" for e, g in zip(experts, weights, strict=True)
            ),
            "·".join(str(e + 1) for e in experts),
            color=charts.color(experts[0]),
        )
        for data, experts, weights in zip(pieces, chosen, gates, strict=True)
    ]
    tokens(
        chips,
        key="moe_chips",
        label=_("The text's tokens, colored by the first expert; its number stands below"),
        selected=at,
        on_click=lambda index: ui.set_state({"moe_tok": index}),
    )
    word = ui.plain(pieces[at])
    left, right = st.columns([1.5, 1], gap="medium", vertical_alignment="center")
    with left:
        ui.note(_("{word}: what the routers of all layers say").format(word=word))
        ui.plot(
            charts.token_layers(trace, at, layer, word),
            key="moe_token",
            alt=_("Router probabilities of token {word}, layer by layer: {chosen}.").format(
                word=word,
                chosen="; ".join(
                    f"{i + 1}: " + ", ".join(charts.name(e) for e in experts)
                    for i, experts in enumerate(trace.expert_index[:, at].tolist())
                ),
            ),
            height=250,
        )
    with right:
        surprise = float(trace.surprisal[at])
        ui.facts(
            [
                ui.Fact(
                    _("surprisal of this token"),
                    "—" if at == 0 else _("{n} bits").format(n=number(surprise)),
                ),
                ui.Fact(
                    _("first gate here"),
                    number(float(trace.gate[layer, at, 0]), 2),
                    _("layer {n}").format(n=layer + 1),
                ),
            ]
        )


def domains() -> dict[str, str]:
    """The kinds of text: name to what the visitor reads."""
    return {
        "english": _("English"),
        "chinese": _("Chinese"),
        "code": _("Code"),
        "numbers": _("Numbers"),
    }


def _specialized(measured: Specialization, layer: int, own: tuple[float, ...] | None) -> None:
    names = domains()
    most = measured.share[layer].max(dim=0)
    best = zip(measured.domains, most.indices.tolist(), most.values.tolist(), strict=True)
    left, right = st.columns([1.9, 1], gap="medium")
    with left:
        ui.note(
            _("Layer {layer}: who gets what share, on {n} held-out tokens of each kind").format(
                layer=layer + 1, n=count(min(measured.tokens))
            )
        )
        ui.plot(
            charts.specialized(measured, layer, names, own),
            key="moe_special",
            alt=_("Share of each kind's choices by expert; the largest: {best}.").format(
                best=", ".join(
                    f"{names[kind]} {charts.name(e)} {probability(p, 2)}" for kind, e, p in best
                )
            ),
            height=300,
        )
    with right:
        ui.note(_("Bits that the expert tells about the kind of text"))
        ui.plot(
            charts.information(measured, layer),
            key="moe_information",
            alt=_("Mutual information by layer: {bits} of {most} bits.").format(
                bits=", ".join(number(b, 2) for b in measured.mutual_information.tolist()),
                most=number(measured.ceiling),
            ),
            height=300,
        )
    if not ui.presenting():
        ui.note(
            _(
                "0 bits: experts ignore the kind of text; {most}: the expert gives it away. Chance "
                "alone would show about {chance}. So experts lean, but none belongs to one kind: "
                "in this layer a kind uses {low} to {high} experts."
            ).format(
                most=number(measured.ceiling),
                chance=number(measured.chance, 2),
                low=number(float(measured.effective_experts[layer].min()), 2),
                high=number(float(measured.effective_experts[layer].max()), 2),
            )
        )
