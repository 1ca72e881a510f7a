"""A batch of words through a small MoE layer with random weights: the router by hand."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st
import torch

from core.moe import (
    BalanceTerms,
    BiasUpdate,
    LoadStatistics,
    MoELayer,
    MoETrace,
    TokenStep,
    load_balancing_terms,
    load_statistics,
    route,
    router_z_loss,
    token_steps,
    update_bias,
)

DIM = 8  # components of a word's vector: few enough to be read
MOST = 20  # words taken from the text


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides the batch."""

    words: tuple[str, ...]
    experts: int = 4
    top_k: int = 2
    normalize: str = "after"
    capacity_factor: float | None = None
    noise: float = 0.0
    jitter: float = 0.0
    noise_seed: int = 0
    shared: int = 0
    scale: float = 3.0
    bias_rounds: int = 0
    bias_rate: float = 0.05
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """The pass, token by token, and how even it is."""

    settings: Settings
    trace: MoETrace
    steps: tuple[TokenStep, ...]
    balance: BalanceTerms
    z_loss: float
    load: LoadStatistics
    bias: torch.Tensor
    updates: tuple[BiasUpdate, ...] = field(default=())


def words_of(text: str) -> tuple[tuple[str, ...], int]:
    """The first words of a text, and how many there are in all (counted up to a point)."""
    found = text.split(maxsplit=2000)
    return tuple(word[:40] for word in found[:MOST]), len(found)


@st.cache_resource(max_entries=64, show_spinner=False)
def run(settings: Settings) -> Batch:
    """Equal words get equal vectors; vectors and weights come from the seed alone."""
    generator = torch.Generator().manual_seed(settings.seed)
    layer = MoELayer(
        DIM,
        2 * DIM,
        settings.experts,
        settings.top_k,
        settings.shared,
        normalize=settings.normalize,
        capacity_factor=settings.capacity_factor,
        jitter_noise=settings.jitter,
        logit_noise=settings.noise,
        generator=generator,
    )
    vocabulary = {word: row for row, word in enumerate(dict.fromkeys(settings.words))}
    vectors = torch.randn(len(vocabulary), DIM, generator=generator)
    x = vectors[[vocabulary[word] for word in settings.words]]
    with torch.no_grad():
        layer.router.mul_(settings.scale)
        for experts in (layer.experts, layer.shared):
            if experts is not None:  # larger than at the start of a training: readable outputs
                for weights in experts.parameters():
                    weights.mul_(2.5)
        trace = layer(x, _noise(settings))
        updates = _balanced(trace.router_logits, settings)
        if updates:
            layer.selection_bias.copy_(updates[-1].bias)
            trace = layer(x, _noise(settings))
    routing = trace.routing
    return Batch(
        settings=settings,
        trace=trace,
        steps=token_steps(trace),
        balance=load_balancing_terms(routing.probs, routing.expert_index),
        z_loss=float(router_z_loss(trace.router_logits)),
        load=load_statistics(routing.demand),
        bias=layer.selection_bias,
        updates=updates,
    )


def _noise(settings: Settings) -> torch.Generator:
    return torch.Generator().manual_seed(settings.noise_seed)


def _balanced(logits: torch.Tensor, settings: Settings) -> tuple[BiasUpdate, ...]:
    """Rounds of loss-free balancing on this batch: route, count, move the bias."""
    updates: list[BiasUpdate] = []
    bias = torch.zeros(settings.experts)
    for _round in range(settings.bias_rounds):
        demand = route(logits, settings.top_k, bias=bias).demand
        updates.append(update_bias(bias, demand, settings.bias_rate))
        bias = updates[-1].bias
    return tuple(updates)
