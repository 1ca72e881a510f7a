"""Gradients of the layers of untrained stacks, by autograd: pre-LN, post-LN and DeepNorm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from core.checks import choice, integer
from core.errors import InputError
from core.normalization.deepnorm import deepnorm_constants
from core.normalization.stacks import PLACEMENTS, run_stack, stack_weights
from core.provenance import Printed

#: Exponent of L in the ratio of two bounds, O(d·√(ln d)) and O(d·√(ln d / L)).
THEORY_EXPONENT = Printed("0.5", "Xiong et al. (2020), arXiv:2002.04745", "theorem 1")


@dataclass(frozen=True, slots=True)
class StackGradients:
    """The gradients of one untrained stack.

    Attributes:
        placement: "pre", "post" or "deepnorm".
        ffn: (layers,) Frobenius norm of the gradient of each layer's second FFN matrix.
        loss: cross-entropy in nats; about ln(classes), as for any guess at random.
    """

    placement: str
    ffn: Tensor
    loss: float


@dataclass(frozen=True, slots=True)
class RatioByDepth:
    """The gradient of the last FFN in post-LN over that in pre-LN, by depth.

    Attributes:
        depths: number of layers of each pair of stacks.
        ratio: (depths,) measured.
        slope: exponent s of the least-squares fit ratio ∝ depth^s; the theory says 1/2.
        theory: (depths,) c · √depth, with the c that fits the measured ratios best.
    """

    depths: tuple[int, ...]
    ratio: Tensor
    slope: float
    theory: Tensor


def stack_gradients(
    placement: str,
    layers: int,
    width: int,
    generator: torch.Generator,
    *,
    batch: int = 4,
    length: int = 8,
    classes: int = 16,
    beta: float | None = None,
) -> StackGradients:
    """Build a stack, predict random classes from random tokens, and send the gradient back.

    Args:
        placement: "pre", "post" or "deepnorm".
        layers: at least 1.
        width: D, features per token, an even number.
        generator: the source of inputs, targets and weights, in this order: stacks of the same
            depth and seed differ in the place of the norm only.
        batch: B, sequences.
        length: T, tokens per sequence.
        classes: of the prediction at each token.
        beta: gain of the value, output and FFN weights; None = DeepNorm's own for "deepnorm",
            else 1.

    Raises:
        ValueError: for an unknown placement or a number outside its range.

    Source: Xiong et al. 2020, arXiv:2002.04745, theorem 1 and figure 3.
    """
    choice("placement", placement, PLACEMENTS)
    B, T, C = (
        integer("batch", batch, 1),
        integer("length", length, 1),
        integer("classes", classes, 2),
    )
    if beta is None:
        beta = deepnorm_constants(layers).beta if placement == "deepnorm" else 1.0
    x = torch.randn(B, T, integer("width", width, 2), generator=generator)
    targets = torch.randint(C, (B * T,), generator=generator)
    head = torch.randn(C, width, generator=generator) * (2.0 / (C + width)) ** 0.5
    weights = stack_weights(layers, width, generator, beta=beta)
    weights["down"].requires_grad_()
    output = run_stack(x, weights, placement)
    loss = F.cross_entropy(F.linear(output, head).flatten(0, 1), targets)
    (gradient,) = torch.autograd.grad(loss, [weights["down"]])
    return StackGradients(placement, gradient.flatten(1).norm(dim=-1), float(loss.detach()))


def last_ffn_ratio(post: Sequence[StackGradients], pre: Sequence[StackGradients]) -> RatioByDepth:
    """Compare the last FFN's gradient in post-LN and pre-LN stacks of several depths.

    Xiong et al. bound that gradient by O(d·√(ln d)) for post-LN, whatever the depth, and by
    O(d·√(ln d / L)) for pre-LN, so the ratio should grow as √L.

    Args:
        post: post-LN stacks of at least two depths.
        pre: pre-LN stacks of the same depths.

    Raises:
        ValueError: for fewer than two depths, or depths that differ.

    Source: Xiong et al. 2020, arXiv:2002.04745, theorem 1.
    """
    depths = tuple(len(stack.ffn) for stack in post)
    if len(set(depths)) < 2 or depths != tuple(len(stack.ffn) for stack in pre):
        raise InputError(
            "post and pre must hold stacks of the same two or more depths; got {post} and {pre}.",
            post=depths,
            pre=tuple(len(stack.ffn) for stack in pre),
        )
    ratio = torch.stack([a.ffn[-1] / b.ffn[-1] for a, b in zip(post, pre, strict=True)]).double()
    x, y = torch.tensor(depths).double().log(), ratio.log()
    centered = x - x.mean()
    slope = float((centered * y).sum() / centered.square().sum())
    constant = math.exp(float((y - x / 2).mean()))
    return RatioByDepth(depths, ratio, slope, constant * torch.tensor(depths).double().sqrt())


def mean_gradients(
    placement: str, layers: int, width: int, samples: int, seed: int
) -> StackGradients:
    """Return the gradients averaged over stacks with the seeds `seed`, `seed` + 1, …

    The norms are averaged geometrically, because they scatter over factors.

    Args:
        placement: "pre", "post" or "deepnorm".
        layers: at least 1.
        width: D, features per token, an even number.
        samples: number of stacks, at least 1.
        seed: of the first stack, not negative.
    """
    seed = integer("seed", seed, 0)
    found = [
        stack_gradients(placement, layers, width, torch.Generator().manual_seed(seed + i))
        for i in range(integer("samples", samples, 1))
    ]
    ffn = torch.stack([of.ffn for of in found]).log().mean(dim=0).exp()
    return StackGradients(placement, ffn, sum(of.loss for of in found) / samples)
