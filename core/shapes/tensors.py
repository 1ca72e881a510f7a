"""The tensors of a block: their axes, the step that makes each, and its cost."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.shapes.model_shape import ModelShape


@dataclass(frozen=True, slots=True)
class TensorShape:
    """A tensor of a block, and the step that makes it.

    Attributes:
        name: a name that is unique in the block.
        axes: the size of each axis by its letter, in order.
        einsum: the contraction with the step's weights; for a step without one, such as softmax,
            the tensors that it reads ("BKGTS->BKGTS").
        inputs: names of the tensors that it reads.
        parameters: weights and biases of the step.
        flops: 2 per multiply-add of a contraction; 0 for steps that sum over no axis with another
            tensor (norms, rotations, softmax, additions), which are not counted.
        bytes: memory of the tensor.
        part: "stream", "attention", "ffn", "router" or "norms".
        kind: the operation, such as "project" or "softmax".
    """

    name: str
    axes: dict[str, int]
    einsum: str
    inputs: tuple[str, ...]
    parameters: int
    flops: int
    bytes: int
    part: str
    kind: str


class Block:
    """The list of tensors under construction, and the size of each letter."""

    def __init__(self, shape: ModelShape, batch: int, length: int, width: int) -> None:
        """Start with no tensor; `width` is the bytes per value."""
        groups = shape.num_heads // shape.num_kv_heads
        self.sizes = {"B": batch, "T": length, "S": length, "C": shape.dim, "D": shape.head_dim}
        self.sizes |= {"H": shape.num_heads, "K": shape.num_kv_heads, "G": groups}
        self.sizes |= {"F": shape.expert_dim, "E": shape.num_experts, "A": shape.top_k}
        self.shape, self.width = shape, width
        self.tensors: list[TensorShape] = []

    def size(self, letters: str) -> int:
        """Return the product of the sizes of `letters`."""
        return math.prod(self.sizes[letter] for letter in letters)

    def add(
        self,
        name: str,
        axes: str,
        einsum: str,
        inputs: tuple[str, ...],
        *,
        weights: str = "",
        bias: str = "",
        flops: bool = False,
        part: str,
        kind: str,
    ) -> str:
        """Add a tensor and return its name; `weights` and `bias` are the axes of its own."""
        letters = "".join(dict.fromkeys(c for c in einsum if c.isalpha()))
        tensor = TensorShape(
            name=name,
            axes={letter: self.sizes[letter] for letter in axes},
            einsum=einsum,
            inputs=inputs,
            parameters=(self.size(weights) if weights else 0) + (self.size(bias) if bias else 0),
            flops=2 * self.size(letters) if flops else 0,
            bytes=self.size(axes) * self.width,
            part=part,
            kind=kind,
        )
        self.tensors.append(tensor)
        return name

    def project(
        self, name: str, reads: str, axes: str, weights: str, source: str, part: str, bias: str = ""
    ) -> str:
        """Add a linear layer."""
        einsum = f"{reads},{weights}->{axes}"
        return self.add(
            name, axes, einsum, (source,),
            weights=weights, bias=bias, flops=True, part=part, kind="project",
        )  # fmt: skip

    def norm(self, name: str, source: str, axes: str = "BTC", gain: str = "C") -> str:
        """Add a norm with its gain."""
        bias = gain if self.shape.norm_biases and gain == "C" else ""
        einsum = f"{axes},{gain}->{axes}"
        return self.add(
            name, axes, einsum, (source,), weights=gain, bias=bias, part="norms", kind="norm"
        )

    def residual(self, name: str, sources: tuple[str, ...]) -> str:
        """Add a sum of tensors of the residual stream."""
        einsum = ",".join(["BTC"] * len(sources)) + "->BTC"
        return self.add(name, "BTC", einsum, sources, part="stream", kind="add")
