"""Mixture of experts: routing, balance, the layer, its size, a live 2-D problem, a language model.

`core.moe.language_model` is imported by name, because it needs `safetensors` and `tokenizers`.
"""

from __future__ import annotations

from core.moe.balancing import (
    BalanceTerms,
    BiasUpdate,
    LoadStatistics,
    load_balancing_loss,
    load_balancing_terms,
    load_statistics,
    router_z_loss,
    update_bias,
)
from core.moe.layer import MoELayer, MoETrace, SwiGLUExperts, TokenStep, token_steps
from core.moe.routing import (
    NoisyLogits,
    Routing,
    expert_capacity,
    jitter,
    noisy_logits,
    route,
)

__all__ = [
    "BalanceTerms",
    "BiasUpdate",
    "LoadStatistics",
    "MoELayer",
    "MoETrace",
    "NoisyLogits",
    "Routing",
    "SwiGLUExperts",
    "TokenStep",
    "expert_capacity",
    "jitter",
    "load_balancing_loss",
    "load_balancing_terms",
    "load_statistics",
    "noisy_logits",
    "route",
    "router_z_loss",
    "token_steps",
    "update_bias",
]
