"""The way of one text through a language model: vectors, attention, gates and logits."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from core.errors import InputError
from core.lm import ModelTrace
from core.plain_checks import integer
from core.sampling import descending_order

#: The names that `text_map` needs in a trace of all layers.
KEEP = ("scores", "attentions", "gates")


@dataclass(frozen=True, slots=True)
class TextMap:
    """What a map of the model shows of one text; L layers, H heads, T tokens, U units, V tokens.

    "Units" are also the U numbers of a token's vector that are kept.

    Attributes:
        ids: The T token ids.
        dimensions: (U,), indices of the numbers that are largest in any token's vector, ascending.
        vectors: (T, U), these numbers of the tokens' embeddings, before the first layer.
        scores: (L, H, T, T), q·k/√d before the mask.
        weights: (L, H, T, T), attention weights; rows sum to 1.
        width: Number of gates per layer and token, F.
        units: (L, U), indices of the units with the largest |SiLU(gate)|, ascending.
        gates: (L, T, U), the inputs of SiLU at these units.
        activations: (L, T, U), SiLU(gate) = gate·σ(gate).
        logits: (V,), the scores of the next token.
        order: (V,), token ids from the most to the least likely.
    """

    ids: tuple[int, ...]
    dimensions: Tensor
    vectors: Tensor
    scores: Tensor
    weights: Tensor
    width: int
    units: Tensor
    gates: Tensor
    activations: Tensor
    logits: Tensor
    order: Tensor


def text_map(trace: ModelTrace, units: int = 32) -> TextMap:
    """Reduce a trace of all layers to what the map draws.

    Args:
        trace: A trace that kept `KEEP`.
        units: How many units of each feed-forward network and numbers of each vector to keep, at
            least 1; at most all.

    Returns:
        The map. At 24 tokens and 30 layers it takes about 2 MB, the gates alone would take 4 MB.

    Raises:
        ValueError: The trace did not keep `KEEP` (as ModelError), or `units` is below 1.

    Source: Shazeer (2020), arXiv:2002.05202, equation 6, for the gate; Vaswani et al. (2017),
    equation 1, for scores and weights.
    """
    units = integer("units", units, 1)
    activations, gates = trace.gate_activations, trace.gates  # (L, T, F)
    width = gates.shape[-1]
    chosen = _largest(activations, units)  # (L, U)
    embeddings = trace.hidden[0]  # (T, D)
    dimensions = _largest(embeddings, units)
    columns = chosen[:, None, :].expand(-1, gates.shape[1], -1)  # (L, T, U)
    logits = trace.next_logits
    return TextMap(
        ids=trace.ids,
        dimensions=dimensions,
        vectors=embeddings[:, dimensions],
        scores=trace.scores,
        weights=trace.attentions,
        width=width,
        units=chosen,
        gates=gates.gather(2, columns),
        activations=activations.gather(2, columns),
        logits=logits,
        order=descending_order(logits),
    )


def _largest(values: Tensor, n: int) -> Tensor:
    """Return the columns of (..., T, F) that are largest in any row: (..., n), ascending."""
    columns = values.abs().amax(dim=-2).topk(min(n, values.shape[-1])).indices
    return columns.sort(dim=-1).values


@dataclass(frozen=True, slots=True)
class Softmax:
    """One attention weight taken apart.

    Attributes:
        score: q·k/√d of the query and the key.
        total: Σ exp(score) over the keys that the query attends to, scaled by exp(−largest).
        largest: The largest of these scores, which is subtracted before exp.
        weight: exp(score − largest) / total.
    """

    score: float
    largest: float
    total: float
    weight: float


def attention_weight(scores: Tensor, query: int, key: int) -> Softmax:
    """Return how the causal softmax turns one score into a weight.

    Args:
        scores: (T, T), q·k/√d before the mask.
        query: Row, 0 … T - 1.
        key: Column, 0 … query; later keys are masked.

    Raises:
        ValueError: There is no such row, or the key comes after the query.

    Example:
        >>> found = attention_weight(torch.tensor([[1.0, 9.0], [0.0, 0.0]]), 1, 0)
        >>> found.total, found.weight
        (2.0, 0.5)

    Source: Vaswani et al. (2017), equation 1.
    """
    if scores.ndim != 2 or scores.shape[0] != scores.shape[1]:
        raise InputError(
            "scores must be a square matrix; got shape {got}.", got=tuple(scores.shape)
        )
    query = integer("query", query, 0, scores.shape[0] - 1)
    key = integer("key", key, 0, query)
    row = scores[query, : query + 1].double()
    largest = float(row.max())
    total = float((row - largest).exp().sum())
    score = float(row[key])
    return Softmax(score, largest, total, float((row[key] - largest).exp()) / total)
