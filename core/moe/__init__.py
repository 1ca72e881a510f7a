"""Mixture of experts: routing, balance, the layer, its size, a 2-D problem, a language model.

`core.moe.tiny_lm` is imported by name, because it needs `safetensors` and `tokenizers`.
"""

from __future__ import annotations

from core.moe.balancing import (
    BalanceTerms,
    BiasHistory,
    BiasUpdate,
    LoadStatistics,
    balance_by_bias,
    load_balancing_loss,
    load_balancing_terms,
    load_statistics,
    router_z_loss,
    update_bias,
)
from core.moe.known_models import KNOWN_MODELS
from core.moe.layer import MoELayer, MoETrace, SwiGLUExperts, TokenStep, token_steps
from core.moe.plane import DATASETS, PlaneData, make_dataset, plane_grid
from core.moe.routing import (
    NoisyLogits,
    Routing,
    expert_capacity,
    jitter,
    noisy_logits,
    route,
)
from core.moe.sizes import (
    EqualFlops,
    MoESize,
    dense_at_equal_flops,
    moe_parameters,
)
from core.moe.specialization import (
    Specialization,
    specialization,
    specialization_from_counts,
)
from core.moe.toy2d import ToyFrame, ToyLosses, ToySettings, ToyTrainer
from core.moe.upcycling import Upcycled, UpcyclingCheck, check_upcycling, upcycle
from core.shapes import LatentAttention, ModelShape

__all__ = [
    "DATASETS",
    "KNOWN_MODELS",
    "BalanceTerms",
    "BiasHistory",
    "BiasUpdate",
    "EqualFlops",
    "LatentAttention",
    "LoadStatistics",
    "MoELayer",
    "MoESize",
    "MoETrace",
    "ModelShape",
    "NoisyLogits",
    "PlaneData",
    "Routing",
    "Specialization",
    "SwiGLUExperts",
    "TokenStep",
    "ToyFrame",
    "ToyLosses",
    "ToySettings",
    "ToyTrainer",
    "Upcycled",
    "UpcyclingCheck",
    "balance_by_bias",
    "check_upcycling",
    "dense_at_equal_flops",
    "expert_capacity",
    "jitter",
    "load_balancing_loss",
    "load_balancing_terms",
    "load_statistics",
    "make_dataset",
    "moe_parameters",
    "noisy_logits",
    "plane_grid",
    "route",
    "router_z_loss",
    "specialization",
    "specialization_from_counts",
    "token_steps",
    "upcycle",
    "update_bias",
]
