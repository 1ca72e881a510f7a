"""A small MoE language model: the experts of each token, and what experts specialize in."""

from __future__ import annotations

import streamlit as st
import torch

import ui
from charts import moe as charts
from charts.format import count, number, probability
from core.moe import Specialization, load_statistics
from core.moe.tiny_lm import MoETextTrace
from pages.moe import controls
from pages.moe.language_models import current_trace, encode, measured, moe_model, piece
from ui import _


def draw() -> None:
    """Draw the text's tokens with their experts, and the specialization of the layer."""
    trace, result = current_trace(), measured()
    layer = controls.layer.value - 1
    shares = None
    with ui.figure():
        if trace is None:
            ui.note(_("Type a text. Each of its tokens is routed to experts."), keep=True)
        else:
            _tokens(trace, layer)
    if trace is not None:
        _facts(trace, layer)
        assigned = trace.expert_index[layer].reshape(-1)
        shares = load_statistics(torch.bincount(assigned, minlength=trace.probs.shape[-1])).share
    _specialization(result, layer, shares)


def _tokens(trace: MoETextTrace, layer: int) -> None:
    """Draw the tokens as chips, and the current token's router probabilities."""
    model = moe_model()
    pieces = [piece(model, i, text) for i, text in zip(trace.ids, trace.tokens, strict=True)]
    at = controls.text_token.draw(len(pieces))
    chosen, gates = trace.expert_index[layer].tolist(), trace.gate[layer].tolist()
    chips = [
        ui.Token(
            data,
            " + ".join(f"{g:.2f} · {charts.name(e)}" for e, g in zip(*pair, strict=True)),
            "·".join(str(e + 1) for e in pair[0]),
            color=charts.color(pair[0][0]),
        )
        for data, *pair in zip(pieces, chosen, gates, strict=True)
    ]
    ui.tokens(
        chips,
        key="moe_chips",
        label=_("Tokens of the text, colored by their first expert; its number stands below"),
        selected=at,
        on_click=controls.text_token.set,
    )
    word = ui.plain(pieces[at])
    experts = [
        f"{i + 1}: " + ", ".join(charts.name(e) for e in layer_experts)
        for i, layer_experts in enumerate(trace.expert_index[:, at].tolist())
    ]
    ui.plot(
        charts.token_layers(trace, at, layer, word),
        key="moe_token",
        alt=_("Router probabilities of token {word}, layer by layer: {chosen}.").format(
            word=word, chosen="; ".join(experts)
        ),
        height=300,
    )


def _facts(trace: MoETextTrace, layer: int) -> None:
    at = controls.text_token.within(len(trace.ids))
    surprisal = "—" if at == 0 else _("{n} bits").format(n=number(float(trace.surprisal[at])))
    expert = charts.name(int(trace.expert_index[layer, at, 0]))
    where = _("{expert} in layer {n}").format(expert=expert, n=layer + 1)
    ui.facts(
        [
            ui.Fact(_("surprisal of the token"), surprisal, _("given the tokens before it")),
            ui.Fact(_("largest gate"), number(float(trace.gate[layer, at, 0]), 2), where),
        ]
    )


def _specialization(result: Specialization, layer: int, shares: tuple[float, ...] | None) -> None:
    """Draw the experts' shares by domain, their mutual information, and what both mean."""
    names = controls.domain.names
    most, where = (found.tolist() for found in result.share[layer].max(dim=0))
    best = [
        f"{names[domain]} {charts.name(e)} {probability(p, 2)}"
        for domain, e, p in zip(result.domains, where, most, strict=True)
    ]
    left, right = st.columns([1.9, 1], gap="medium")
    with left:
        ui.plot(
            charts.specialized(result, layer, names, shares),
            key="moe_special",
            alt=_("Share of each domain's assignments by expert; the largest: {best}.").format(
                best=", ".join(best)
            ),
            height=280,
        )
    with right:
        bits = ", ".join(number(b, 2) for b in result.mutual_information.tolist())
        ui.plot(
            charts.information(result, layer),
            key="moe_information",
            alt=_(
                "Mutual information of expert and domain by layer: {bits} of {most} bits."
            ).format(bits=bits, most=number(result.ceiling)),
            height=280,
        )
    config = moe_model().config
    ids, cut = encode(moe_model(), controls.text.value, config.context)
    if cut:
        ui.note(_("The first {n} tokens are used.").format(n=len(ids)))
    ui.note(
        _(
            "Left: the share of each domain's assignments that each expert of layer {layer} "
            "receives, measured on {n} held-out tokens per domain. Right: the mutual information "
            "of expert and domain. 0 bits means that they are independent, {most} bits that "
            "the expert identifies the domain; chance alone gives about {chance}. In this "
            "layer a domain uses {low} to {high} effective experts: experts prefer some domains, "
            "but none belongs to a single one."
        ).format(
            layer=layer + 1,
            n=count(min(result.tokens)),
            most=number(result.ceiling),
            chance=number(result.chance, 2),
            low=number(float(result.effective_experts[layer].min()), 2),
            high=number(float(result.effective_experts[layer].max()), 2),
        )
    )
    ui.note(
        _(
            "The model has {n} layers and uses {k} of {e} experts per token in each. This project "
            "trained it on the English Bible, classical Chinese texts, Python code and arithmetic."
        ).format(k=config.top_k, e=config.num_experts, n=config.num_layers)
    )
