"""Adam in a few lines, for the live training; `torch.optim` takes seconds to import.

The first use of `torch.optim` imports the compiler, seconds in which a page would show nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor


class Adam:
    """Adam (Kingma, Ba 2015, arXiv:1412.6980, algorithm 1) over some parameters.

    Args:
        parameters: tensors with gradients.
        learning_rate: the step size.
        beta1: decay of the mean gradient.
        beta2: decay of the mean squared gradient.
        eps: added to the denominator.

    Example:
        >>> weight = torch.zeros(1, requires_grad=True)
        >>> adam = Adam([weight], learning_rate=0.1)
        >>> (3 * weight).backward()
        >>> adam.step()
        >>> round(float(weight.detach()), 4)  # the first step is the learning rate, downhill
        -0.1
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        learning_rate: float,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
    ) -> None:
        """Start with both means at zero."""
        self.parameters = list(parameters)
        self.learning_rate, self.beta1, self.beta2, self.eps = learning_rate, beta1, beta2, eps
        self.mean = [torch.zeros_like(p) for p in self.parameters]
        self.square = [torch.zeros_like(p) for p in self.parameters]
        self.steps = 0

    @torch.no_grad()
    def step(self) -> None:
        """Move every parameter once, then forget the gradients; one without a gradient stays."""
        self.steps += 1
        mean_scale = 1 - self.beta1**self.steps
        square_scale = 1 - self.beta2**self.steps
        for p, mean, square in zip(self.parameters, self.mean, self.square, strict=True):
            if p.grad is None:
                continue
            mean.lerp_(p.grad, 1 - self.beta1)
            square.mul_(self.beta2).addcmul_(p.grad, p.grad, value=1 - self.beta2)
            denominator = (square / square_scale).sqrt_().add_(self.eps)
            p.addcdiv_(mean, denominator, value=-self.learning_rate / mean_scale)
            p.grad = None
