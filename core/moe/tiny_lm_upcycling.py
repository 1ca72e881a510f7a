"""A small dense language model, and its upcycling: its FFNs copied into experts.

The dense model is the same network with one expert per layer. Halfway through its training it was
copied into experts, and both were trained further, as was a dense model with the FLOPs of the
mixture (as wide as the active experts). `training/moe_upcycling.py` trained them and wrote the
record.
Source: Komatsuzaki et al. 2023, "Sparse Upcycling", arXiv:2212.05055, sections 3 and 4.
"""

from __future__ import annotations

import copy
import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from core import checks
from core.errors import InputError
from core.moe.sizes import ModelShape
from core.moe.tiny_lm import (
    DATA,
    Block,
    MoEConfig,
    MoELanguageModel,
    MoETextTrace,
    load_moe_lm,
)
from core.moe.upcycling import upcycle

DENSE_WEIGHTS = "dense.safetensors"
RECORD = "upcycling.json"


@dataclass(frozen=True, slots=True, eq=False)
class UpcycledText:
    """One text through the dense model and through its copies, before any further training.

    Attributes:
        dense: the trained dense model's trace; one expert a layer.
        experts: the trace with copies.
        largest_difference: between two logits of the same token; 0 up to rounding where the gates
            sum to 1.
    """

    dense: MoETextTrace
    experts: MoETextTrace
    largest_difference: float


@dataclass(frozen=True, slots=True)
class Curve:
    """A training's held-out loss.

    Attributes:
        config: the network's sizes.
        steps: when it was measured.
        bits: held-out bits per token of each domain, one number a measurement.
    """

    config: MoEConfig
    steps: tuple[int, ...]
    bits: dict[str, tuple[float, ...]]

    def of(self, domain: str | None = None) -> tuple[float, ...]:
        """Return the bits of one domain, or (None) the mean over all domains, per measurement."""
        if domain is not None:
            return self.bits[checks.choice("domain", domain, tuple(self.bits))]
        return tuple(sum(at) / len(at) for at in zip(*self.bits.values(), strict=True))


@dataclass(frozen=True, slots=True)
class UpcyclingRecord:
    """What the trainings measured.

    Attributes:
        copied_at: the step after which the dense network was copied.
        curves: "dense" all the way; "upcycled" from the copying on; "wide", dense with the FLOPs of
            the experts; "experts" from the start on.
    """

    copied_at: int
    curves: dict[str, Curve]

    def final(self, domain: str | None = None) -> dict[str, float]:
        """Return every training's last measurement."""
        return {name: curve.of(domain)[-1] for name, curve in self.curves.items()}

    def spread(self, domain: str | None = None) -> float:
        """Return the difference in bits between the best and the worst training at the end."""
        ends = self.final(domain).values()
        return max(ends) - min(ends)


def upcycle_tiny_lm(
    dense: MoELanguageModel,
    num_experts: int,
    top_k: int,
    *,
    normalize: str = "after",
    router_scale: float = 0.02,
    generator: torch.Generator | None = None,
) -> MoELanguageModel:
    """Copy the FFN of every layer into experts behind a new random router; the rest stays.

    Args:
        dense: a model with one expert a layer. It is not changed.
        num_experts: copies in each layer.
        top_k: copies per token.
        normalize: as in `route`; "after" keeps the function, "before" shrinks every FFN's output by
            the sum of the gates.
        router_scale: standard deviation of the routers' weights.
        generator: for the routers; None = torch's global one.

    Returns:
        A `MoELanguageModel` with weights of its own and the same tokenizer.

    Raises:
        ValueError: a `dense` with several experts, top_k above num_experts, ...

    Example:
        >>> dense = load_dense_lm()
        >>> grown = upcycle_tiny_lm(dense, num_experts=4, top_k=2)
        >>> grown.config.num_experts, dense.config.num_experts
        (4, 1)
    """
    if dense.config.num_experts != 1:
        raise InputError(
            "dense must have one expert a layer; this model has {num_experts}. Copying "
            "starts from load_dense_lm().",
            num_experts=dense.config.num_experts,
        )
    network = copy.deepcopy(dense.network)
    for block in (block for block in network.blocks if isinstance(block, Block)):
        block.moe = upcycle(
            block.moe.experts,
            num_experts,
            top_k,
            normalize=normalize,
            router_scale=router_scale,
            generator=generator,
        ).layer
    network.config = dataclasses.replace(dense.config, num_experts=num_experts, top_k=top_k)
    return MoELanguageModel(network, dense.tokenizer)


def compare_on_text(
    dense: MoELanguageModel, experts: MoELanguageModel, text: str | list[int]
) -> UpcycledText:
    """Run both models on a text, or on its token ids.

    Args:
        dense: the dense model.
        experts: what `upcycle_tiny_lm` made of it.
        text: 1 to `config.context` tokens.

    Returns:
        An `UpcycledText`.

    Raises:
        ValueError: no tokens or too many.
    """
    before, after = dense.trace(text), experts.trace(text)
    difference = (after.logits - before.logits).abs().max()
    return UpcycledText(before, after, float(difference))


def shape_of(config: MoEConfig) -> ModelShape:
    """Return the sizes that `moe_parameters` takes; one expert is a plain FFN without a router."""
    return ModelShape(
        name="dense" if config.num_experts == 1 else f"{config.num_experts} experts",
        layers=config.num_layers,
        dim=config.dim,
        vocab_size=config.vocab_size,
        num_heads=config.num_heads,
        num_kv_heads=config.num_heads,
        head_dim=config.dim // config.num_heads,
        expert_dim=config.expert_dim,
        num_experts=config.num_experts,
        top_k=config.top_k,
        tied=True,
    )


def load_dense_lm(folder: Path | str | None = None) -> MoELanguageModel:
    """Load the dense model as it was when it was copied; see `load_moe_lm`."""
    return load_moe_lm(folder, DENSE_WEIGHTS)


def load_upcycling_record(folder: Path | str | None = None) -> UpcyclingRecord:
    """Read what the trainings measured.

    Args:
        folder: holds upcycling.json; None = `data/moe`.

    Returns:
        An `UpcyclingRecord`.

    Raises:
        ValueError: the file is missing or is not what it should be.
    """
    path = (DATA if folder is None else Path(folder)) / RECORD
    if not path.is_file():
        raise InputError(
            "{name} is missing from {parent}. Run `make moe` to make it.",
            name=path.name,
            parent=path.parent,
        )
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
        curves = {name: _curve(curve) for name, curve in written["curves"].items()}
        copied_at = checks.integer("copied_at", written["copied_at"], 0)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            "{path} is not a record of upcycling ({error!r}). Run `make moe` to make it again.",
            path=path,
            error=error,
        ) from error
    return UpcyclingRecord(copied_at, curves)


def _curve(written: dict[str, Any]) -> Curve:
    points = written["points"]
    domains = points[0]["held_out_bits_per_token"]
    return Curve(
        MoEConfig(**written["config"]),
        tuple(point["step"] for point in points),
        {d: tuple(point["held_out_bits_per_token"][d] for point in points) for d in domains},
    )
