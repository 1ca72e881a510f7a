"""Einsum as the nested loops that it abbreviates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import finite, short
from core.errors import InputError
from core.shapes.torch_calls import CALLS

LARGEST = 1 << 26  # iterations; the products are held at once
NAMES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class EinsumTrace:
    """An einsum with its loops.

    Attributes:
        operands: indices of each operand, such as ("ij", "jk").
        result: indices of the output, such as "ik".
        sizes: size of each index, in the order of the loops: the output's, then the summed ones.
        products: the product of the operands' values in every iteration, one axis per loop.
        output: `products` summed over the summed indices.
        loops: the nested loops as Python; operands are A, B, C …
        equivalent: a torch call with the same output; "" if none is known.
        equivalent_output: what that call returns; None if none is known.
        multiplications: of the written loops, (operands - 1) · iterations.
    """

    operands: tuple[str, ...]
    result: str
    sizes: dict[str, int]
    products: Tensor
    output: Tensor
    loops: str
    equivalent: str
    equivalent_output: Tensor | None
    multiplications: int

    @property
    def summed(self) -> str:
        """Return the indices that are summed over."""
        return "".join(index for index in self.sizes if index not in self.result)

    @property
    def iterations(self) -> int:
        """Return how often the innermost line runs."""
        return math.prod(self.sizes.values())


@dataclass(frozen=True, slots=True)
class Iteration:
    """One iteration of the loops: index values, places, factors and the output so far."""

    indices: dict[str, int]
    places: tuple[tuple[int, ...], ...]
    place: tuple[int, ...]
    product: float
    partial: Tensor


def parse_einsum(expression: str) -> tuple[tuple[str, ...], str]:
    """Return the operands' indices and the output's; spaces are ignored.

    Without "->" the output has, as in numpy, the indices that occur once, in alphabetical order.

    Raises:
        InputError: anything but ASCII letters, commas and one "->", or an output index that no
            operand has or that occurs twice.

    Example:
        >>> parse_einsum("ij, jk -> ik")
        (('ij', 'jk'), 'ik')
    """
    if not isinstance(expression, str):
        raise InputError(
            "expression must be a text such as 'ij,jk->ik'; got {got}.", got=short(expression)
        )
    left, arrow, result = "".join(expression.split()).partition("->")
    operands = tuple(left.split(","))
    for letters in (*operands, result):
        if not (letters.isascii() and (letters.isalpha() or not letters)):
            raise InputError(
                "expression must consist of letters, commas and one ->, such as 'ij,jk->ik'; "
                "got {got}.",
                got=short(expression),
            )
    every = "".join(operands)
    if not every:
        raise InputError("expression must have at least one index; got {got}.",
                         got=short(expression))  # fmt: skip
    if not arrow:
        result = "".join(sorted(index for index in set(every) if every.count(index) == 1))
    for index in result:
        if index not in every or result.count(index) > 1:
            raise InputError(
                "expression must use each output index once, and only indices of the operands; "
                "got {index} in {got}.",
                index=index,
                got=short(expression),
            )
    return operands, result


def einsum(expression: str, *tensors: Tensor) -> EinsumTrace:
    """Compute an einsum by its loops: multiply in every iteration, sum over the summed indices.

    Args:
        expression: such as "ij,jk->ik".
        tensors: one per operand, finite, of one size per index.

    Returns:
        An `EinsumTrace`.

    Raises:
        InputError: an expression that `parse_einsum` rejects, tensors that do not fit it, or more
            than 2²⁶ iterations.

    Example:
        >>> trace = einsum("i,i->", torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0]))
        >>> print(trace.loops, float(trace.output))
        out = 0
        for i in range(2):
            out += A[i] * B[i] 11.0

    Source: Einstein 1916, section 5; `torch.einsum`.
    """
    operands, result = parse_einsum(expression)
    if len(operands) != len(tensors):
        raise InputError(
            "expression has {n} operands; got {got} tensors.", n=len(operands), got=len(tensors)
        )
    values = [finite(NAMES[n % 26], tensor) for n, tensor in enumerate(tensors)]
    sizes = _sizes(operands, result, values)
    iterations = math.prod(sizes.values())
    if iterations > LARGEST:
        raise InputError(
            "the loops must have at most {most} iterations; got {got}.", most=LARGEST,
            got=iterations,
        )  # fmt: skip
    kind = values[0].dtype
    for value in values[1:]:
        kind = torch.promote_types(kind, value.dtype)
    products = torch.ones(tuple(sizes.values()), dtype=kind)
    for letters, value in zip(operands, values, strict=True):
        products = products * _spread(letters, value.to(kind), sizes)
    summed = list(range(len(result), len(sizes)))
    output = products.sum(dim=summed) if summed else products
    call = CALLS.get(_renamed(operands, result))
    return EinsumTrace(
        operands=operands,
        result=result,
        sizes=sizes,
        products=products,
        output=output,
        loops=_loops(operands, result, sizes),
        equivalent=call[0] if call else "",
        equivalent_output=call[1](*(value.to(kind) for value in values)) if call else None,
        multiplications=(len(operands) - 1) * iterations,
    )


def iteration(trace: EinsumTrace, step: int) -> Iteration:
    """Return one iteration of the loops, counted from 0, and the output after it.

    Raises:
        InputError: `step` is not an iteration of the loops.
    """
    if not 0 <= step < trace.iterations:
        raise InputError(
            "step must be from {low} to {high}; got {got}.", low=0, high=trace.iterations - 1,
            got=step,
        )  # fmt: skip
    rest, indices = step, dict[str, int]()
    for index, size in reversed(trace.sizes.items()):
        rest, indices[index] = divmod(rest, size)
    done = torch.arange(trace.iterations) <= step
    part = torch.where(done.view(trace.products.shape), trace.products, 0)
    summed = list(range(len(trace.result), len(trace.sizes)))
    return Iteration(
        indices={index: indices[index] for index in trace.sizes},
        places=tuple(tuple(indices[i] for i in letters) for letters in trace.operands),
        place=tuple(indices[i] for i in trace.result),
        product=float(trace.products.flatten()[step]),
        partial=part.sum(dim=summed) if summed else part,
    )


def _sizes(operands: tuple[str, ...], result: str, values: list[Tensor]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for n, (letters, value) in enumerate(zip(operands, values, strict=True)):
        if len(letters) != value.ndim:
            raise InputError(
                "operand {name} has the indices {letters!r}; got shape {shape}.",
                name=NAMES[n % 26], letters=letters, shape=tuple(value.shape),
            )  # fmt: skip
        for index, size in zip(letters, value.shape, strict=True):
            if sizes.setdefault(index, size) != size:
                raise InputError(
                    "index {index} must have one size; got {first} and {second}.",
                    index=index, first=sizes[index], second=size,
                )  # fmt: skip
    summed = [index for index in sizes if index not in result]
    return {index: sizes[index] for index in (*result, *summed)}


def _spread(letters: str, value: Tensor, sizes: dict[str, int]) -> Tensor:
    """Return an operand with one axis per loop; a repeated index takes the diagonal."""
    while len(set(letters)) < len(letters):
        index = next(i for i in letters if letters.count(i) > 1)
        first = letters.index(index)
        second = letters.index(index, first + 1)
        value = value.diagonal(dim1=first, dim2=second)
        letters = letters[:first] + letters[first + 1 : second] + letters[second + 1 :] + index
    order = [index for index in sizes if index in letters]
    value = value.permute([letters.index(index) for index in order])
    return value.reshape([size if index in letters else 1 for index, size in sizes.items()])


def _renamed(operands: tuple[str, ...], result: str) -> str:
    names = {i: chr(ord("a") + n) for n, i in enumerate(dict.fromkeys("".join(operands)))}
    text = ",".join(operands) + "->" + result
    return "".join(names.get(character, character) for character in text)


def _loops(operands: tuple[str, ...], result: str, sizes: dict[str, int]) -> str:
    def at(name: str, letters: str) -> str:
        return f"{name}[{', '.join(letters)}]" if letters else name

    shape = ", ".join(str(sizes[index]) for index in result)
    lines = [f"out = zeros({shape})" if result else "out = 0"]
    for depth, (index, size) in enumerate(sizes.items()):
        lines.append("    " * depth + f"for {index} in range({size}):")
    product = " * ".join(at(NAMES[n % 26], letters) for n, letters in enumerate(operands))
    lines.append("    " * len(sizes) + f"{at('out', result)} += {product}")
    return "\n".join(lines)
