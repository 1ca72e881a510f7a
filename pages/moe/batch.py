"""A batch of words through a small MoE layer with random weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import torch

from core import moe
from pages.moe import controls

DIM = 8  # components of a word's vector: few enough to print


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the batch depends on."""

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
    """A forward pass, token by token, and how balanced its load is.

    Attributes:
        settings: What it depends on.
        trace: The forward pass.
        steps: The same, token by token.
        balance: Terms of the balancing loss.
        z_loss: The router z-loss.
        load: Statistics of the demand.
        bias: (E,) the bias on the choice.
        router: (E, D) the router's weights.
    """

    settings: Settings
    trace: moe.MoETrace
    steps: tuple[moe.TokenStep, ...]
    balance: moe.BalanceTerms
    z_loss: float
    load: moe.LoadStatistics
    bias: torch.Tensor
    router: torch.Tensor


def split_words(text: str) -> tuple[str, ...]:
    """Return the words of a text, each cut to 40 characters; those after 2000 count as one."""
    return tuple(word[:40] for word in text.split(maxsplit=2000))


def current() -> Batch | None:
    """Return the batch for the controls' values, or None without words."""
    words = split_words(controls.words.value)[: controls.MAX_WORDS]
    if not words:
        return None
    factor = controls.capacity.value
    settings = Settings(
        words,
        experts=controls.experts.value,
        top_k=min(controls.top_k.value, controls.experts.value),
        normalize=controls.normalize.value,
        capacity_factor=None if factor >= controls.NO_LIMIT else factor,
        noise=controls.noise.value,
        jitter=controls.jitter.value,
        noise_seed=controls.noise_seed.value,
        shared=controls.shared.value,
        scale=controls.scale.value,
        bias_rounds=controls.bias_rounds.value,
        bias_rate=controls.bias_rate.value,
        seed=controls.seed.value,
    )
    return run(settings)


@lru_cache(32)
def history(settings: Settings) -> moe.BiasHistory:
    """Return all rounds of loss-free balancing that the slider offers."""
    logits = run(replace(settings, bias_rounds=0)).trace.router_logits
    return moe.balance_by_bias(logits, settings.top_k, controls.MAX_ROUNDS, settings.bias_rate)


def rounds(settings: Settings) -> moe.BiasHistory | None:
    """Return the rounds of loss-free balancing; None while it is off."""
    return history(replace(settings, bias_rounds=0)) if settings.bias_rounds else None


@lru_cache(64)
def run(settings: Settings) -> Batch:
    """Route the batch. Equal words get equal vectors; only the seed decides vectors and weights."""
    generator = torch.Generator().manual_seed(settings.seed)
    layer = moe.MoELayer(
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
            if experts is not None:  # larger than at initialization, so that outputs are readable
                for weights in experts.parameters():
                    weights.mul_(2.5)
        trace = layer(x, torch.Generator().manual_seed(settings.noise_seed))
        balanced = rounds(settings)
        if balanced is not None:
            layer.selection_bias.copy_(balanced.bias[settings.bias_rounds])
            trace = layer(x, torch.Generator().manual_seed(settings.noise_seed))
    routing = trace.routing
    return Batch(
        settings=settings,
        trace=trace,
        steps=moe.token_steps(trace),
        balance=moe.load_balancing_terms(routing.probs, routing.expert_index),
        z_loss=float(moe.router_z_loss(trace.router_logits)),
        load=moe.load_statistics(routing.demand),
        bias=layer.selection_bias,
        router=layer.router.detach(),
    )
