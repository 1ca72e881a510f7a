"""A model's parameters by part, and the FLOPs of a block by length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.plain_checks import integer
from core.provenance import Printed
from core.shapes.block import block_shapes
from core.shapes.configs import as_shape, dense_twin
from core.shapes.model_shape import ModelShape

PARTS = (
    "embedding", "positions", "segments", "attention", "ffn", "router", "norms", "pooler", "output",
    "other",
)  # fmt: skip

#: Parameters as the authors print them, in millions or billions.
PRINTED = {
    "SmolLM2-135M": Printed("135", "HuggingFaceTB/SmolLM2-135M", "model card", "M"),
    "GPT-2": Printed("117", "Radford et al. (2019)", "table 2", "M"),
    "BERT base": Printed("110", "Devlin et al. (2019), arXiv:1810.04805", "section 3", "M"),
    "Llama-3-8B": Printed("8.03", "meta-llama/Meta-Llama-3-8B", "model card", "B"),
    "Mixtral 8x7B": Printed("46.7", "Mistral AI (2023), Mixtral of experts", "announcement", "B"),
}


@dataclass(frozen=True, slots=True)
class ParameterCount:
    """The parameters of a model.

    Attributes:
        total: all of them; a matrix that is used twice (tied embeddings) counts once.
        by_part: parameters of each of `PARTS`; they sum to `total`. Biases belong to their part;
            "output" is an output matrix of its own; "other" holds relative positions and the like.
    """

    total: int
    by_part: dict[str, int]


def parameter_count(config: ModelShape | Mapping[str, Any]) -> ParameterCount:
    """Return a model's parameters, exact to the last one.

    Args:
        config: a row of `KNOWN_MODELS` or a mapping of its fields.

    Raises:
        InputError: a config that `as_shape` rejects.

    Example:
        >>> from core.shapes import KNOWN_MODELS
        >>> parameter_count(KNOWN_MODELS["SmolLM2-135M"]).total
        134515008
    """
    shape = as_shape(config)
    parts = _named(shape)
    plain = replace(
        shape, positions=0, segments=0, pooler=False,
        attention_biases=False, ffn_biases=False, norm_biases=False,
    )  # fmt: skip
    # `extra` includes what the fields name; the rest has no part of its own.
    named = sum(parts.values()) - sum(_named(plain).values())
    parts["other"] = max(0, shape.extra - named)
    return ParameterCount(sum(parts.values()), {part: parts[part] for part in PARTS})


def _named(shape: ModelShape) -> Counter[str]:
    """Count the parameters that the shape's fields name."""
    dim, blocks = shape.dim, Counter[str]()
    dense = shape.dense_layers if shape.num_experts > 1 else 0
    for block, times in ((shape, shape.layers - dense), (dense_twin(shape), dense)):
        if not times:
            continue
        for tensor in block_shapes(block, 1, 1):
            blocks[tensor.part] += times * tensor.parameters
            if tensor.part == "attention" and block is shape:
                # A decoder attends to the encoder with a second attention.
                blocks["attention"] += shape.cross_layers * tensor.parameters
    norm = dim * (2 if shape.norm_biases else 1)
    blocks["norms"] += norm * (shape.final_norms + shape.cross_layers)
    blocks["embedding"] = shape.vocab_size * dim
    blocks["output"] = 0 if shape.tied else shape.vocab_size * dim
    blocks["positions"] = shape.positions * dim
    blocks["segments"] = shape.segments * dim
    blocks["pooler"] = (dim + 1) * dim if shape.pooler else 0
    del blocks["stream"]
    return blocks


@dataclass(frozen=True, slots=True)
class Growth:
    """The FLOPs of one block by length, of one sequence.

    Attributes:
        lengths: tokens T.
        square: scores and weighted values, which grow with T².
        projections: the linear layers of the attention, which grow with T.
        ffn: the FFN with its router, which grows with T.
        crossing: the T at which `square` equals `ffn`.
    """

    lengths: tuple[int, ...]
    square: tuple[int, ...]
    projections: tuple[int, ...]
    ffn: tuple[int, ...]
    crossing: float


def growth(config: ModelShape | Mapping[str, Any], lengths: Sequence[int]) -> Growth:
    """Return the FLOPs of one block at several lengths, and where attention overtakes the FFN.

    Every token attends to all T tokens, as in a plain implementation; a window is not considered.

    Args:
        config: a row of `KNOWN_MODELS` or a mapping of its fields.
        lengths: tokens T; each 1 or more.

    Raises:
        InputError: a config that `as_shape` rejects, or a length below 1.

    Example:
        >>> from core.shapes import KNOWN_MODELS
        >>> growth(KNOWN_MODELS["SmolLM2-135M"], [1]).crossing
        2304.0

    Source: Kaplan et al. 2020, arXiv:2001.08361, table 1.
    """
    one = Counter[str]()
    for tensor in block_shapes(config, 1, 1):
        part = "ffn" if tensor.part == "router" else tensor.part
        one["square" if tensor.kind in ("scores", "mix") else part] += tensor.flops
    for length in lengths:
        integer("lengths", length, 1)
    return Growth(
        lengths=tuple(lengths),
        square=tuple(one["square"] * t * t for t in lengths),
        projections=tuple(one["attention"] * t for t in lengths),
        ffn=tuple(one["ffn"] * t for t in lengths),
        crossing=one["ffn"] / one["square"],
    )
