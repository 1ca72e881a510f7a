"""Figures of the MoE page: routing, live training, experts of a text, model sizes."""

from __future__ import annotations

from charts.moe.cells import fraction, two_decimals
from charts.moe.experts import EXPERTS, color, name
from charts.moe.hand import STAGES, router
from charts.moe.plane import curves, loads, loss_words, plane
from charts.moe.queues import imbalance, queues
from charts.moe.sizes import billions, compare_sizes, landscape
from charts.moe.text import information, specialized, token_layers
from charts.moe.upcycling import surprisals, training_curves, training_names

__all__ = [
    "EXPERTS",
    "STAGES",
    "billions",
    "color",
    "compare_sizes",
    "curves",
    "fraction",
    "imbalance",
    "information",
    "landscape",
    "loads",
    "loss_words",
    "name",
    "plane",
    "queues",
    "router",
    "specialized",
    "surprisals",
    "token_layers",
    "training_curves",
    "training_names",
    "two_decimals",
]
