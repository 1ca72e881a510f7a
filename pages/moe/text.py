"""A small MoE language model: the experts of each token, and what experts specialize in."""

from __future__ import annotations

from typing import Any

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
        at = controls.text_token.within(len(trace.ids))
        ui.note(_sentence(trace, at, layer), keep=True)
        ui.formula(_gates(trace, at, layer))
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
    sent = [list(zip(*pair, strict=True)) for pair in zip(chosen, gates, strict=True)]
    chips = [
        ui.Token(
            data,
            " + ".join(f"{charts.fraction(gate)} · {charts.name(e)}" for e, gate in pairs),
            "·".join(str(e + 1) for e, _gate in pairs),
            color=charts.color(pairs[0][0]),
        )
        for data, pairs in zip(pieces, sent, strict=True)
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
        on_click=_picked_in_layer,
    )


def _picked_in_layer(mark: dict[str, Any]) -> None:
    """Select the layer and the expert of a clicked cell."""
    if isinstance(mark["point"], list):
        row, column = mark["point"]
        controls.layer.set(row + 1)
        controls.text_pick.set(column + 1)


def _sentence(trace: MoETextTrace, at: int, layer: int) -> str:
    """Say which experts a token is sent to."""
    word = ui.plain(piece(moe_model(), trace.ids[at], trace.tokens[at]))
    pairs = zip(trace.expert_index[layer, at].tolist(), trace.gate[layer, at].tolist(), strict=True)
    return _("Token {n}, “{word}”: the router of layer {layer} sends it to {experts}.").format(
        n=at + 1,
        word=word,
        layer=layer + 1,
        experts=", ".join(
            _("{expert} with gate {gate}").format(expert=charts.name(e), gate=charts.fraction(gate))
            for e, gate in pairs
        ),
    )


def _gates(trace: MoETextTrace, at: int, layer: int) -> str:
    """Return the gates from the logits of the chosen experts as LaTeX."""
    chosen = trace.expert_index[layer, at].tolist()
    names = ",".join(f"g_{{{e + 1}}}" for e in chosen)
    logits = ",\\ ".join(f"{float(trace.router_logits[layer, at, e]):.2f}" for e in chosen)
    gates = ",\\ ".join(charts.fraction(g) for g in trace.gate[layer, at].tolist())
    return rf"({names})=\operatorname{{softmax}}({logits})=({gates})"


def _facts(trace: MoETextTrace, layer: int) -> None:
    at = controls.text_token.within(len(trace.ids))
    surprisal = "—" if at == 0 else _("{n} bits").format(n=number(float(trace.surprisal[at])))
    expert = charts.name(int(trace.expert_index[layer, at, 0]))
    where = _("{expert} in layer {n}").format(expert=expert, n=layer + 1)
    given = _("the first token has none")
    if at:
        p = 2.0 ** -float(trace.surprisal[at])
        given = _("−log₂ {p}, given the tokens before it").format(p=probability(p))
    ui.facts(
        [
            ui.Fact(_("surprisal of the token"), surprisal, given),
            ui.Fact(
                _("largest gate"), charts.fraction(float(trace.gate[layer, at, 0])), where,
                help=_("The weight of the first expert’s output in the sum. The gates of a token "
                       "sum to 1."),
            ),
        ]
    )  # fmt: skip


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
            charts.specialized(result, layer, names, shares, controls.text_pick.value - 1),
            key="moe_special",
            on_click=lambda mark: controls.text_pick.set(mark["x"] + 1),
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
    ui.note(_expert(result, layer, controls.text_pick.value - 1), keep=True)
    config = moe_model().config
    ids, cut = encode(moe_model(), controls.text.value, config.context)
    if cut:
        ui.note(_("The first {n} tokens are used.").format(n=len(ids)))
    ui.note(
        _(
            "Left: the share of each domain’s assignments that each expert of layer {layer} "
            "receives, measured on {n} held-out tokens per domain. Right: the mutual information "
            "of expert and domain. 0 bits means that they are independent, {most} bits that "
            "the expert identifies the domain. If they were independent, a sample of this size "
            "would still show about {chance} bits (dashed line). In this layer a domain uses {low} "
            "to {high} effective experts. {extremes}"
        ).format(
            layer=layer + 1,
            n=count(min(result.tokens)),
            most=number(result.ceiling),
            chance=number(result.chance, 2),
            low=number(float(result.effective_experts[layer].min()), 2),
            high=number(float(result.effective_experts[layer].max()), 2),
            extremes=_extremes(result, layer),
        )
    )
    ui.note(
        _(
            "The model has {n} layers and uses {k} of {e} experts per token in each. This project "
            "trained it on the English Bible, classical Chinese texts, Python code and arithmetic."
        ).format(k=config.top_k, e=config.num_experts, n=config.num_layers)
    )


def _extremes(result: Specialization, layer: int) -> str:
    """Say how specialized the experts of a layer are at most and at least."""
    largest, domain = result.origin(layer).max(dim=1)
    most, least = int(largest.argmax()), int(largest.argmin())
    names = controls.domain.names
    return _(
        "The most specialized expert is {most}: {share} of its assignments come from one domain, "
        "{domain}. The least specialized is {least}, with at most {low} from one domain."
    ).format(
        most=charts.name(most),
        share=probability(float(largest[most])),
        domain=names[result.domains[int(domain[most])]],
        least=charts.name(least),
        low=probability(float(largest[least])),
    )


def _expert(result: Specialization, layer: int, expert: int) -> str:
    """Work out where the assignments of one expert (from 0) come from."""
    counts = result.counts[layer, expert]
    domain, total = int(counts.argmax()), int(counts.sum())
    if total == 0:
        return _("{expert} in layer {layer} receives no token of the held-out texts.").format(
            expert=charts.name(expert), layer=layer + 1
        )
    return _(
        "{expert} in layer {layer} receives {total} assignments. The largest part comes from "
        "{domain}: {n} / {total} = {origin}. Of all assignments of this domain it receives "
        "{share}, which is {lift} times its mean share over the domains."
    ).format(
        expert=charts.name(expert),
        layer=layer + 1,
        total=count(total),
        domain=controls.domain.names[result.domains[domain]],
        n=count(int(counts[domain])),
        origin=probability(float(result.origin(layer)[expert, domain])),
        share=probability(float(result.share[layer, expert, domain])),
        lift=number(float(result.lift[layer, expert, domain]), 2),
    )
