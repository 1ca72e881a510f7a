"""A language model's own RMSNorms: what they divide by, and the prediction without one of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import integer, vector
from core.errors import InputError
from core.lm.prediction import PredictionModel
from core.normalization.norms import rms_norm_trace


@dataclass(frozen=True, slots=True)
class NormsOfModel:
    """The root mean squares around every RMSNorm of a model on one text.

    N = 2L + 1 norms in the order in which they run: before attention and before the feed-forward
    network of each of L layers, then the last one.

    Attributes:
        before: (N, T) root mean square of each token's residual stream, the norm's input.
        normalized: (N, T) after the division: 1, as far as eps allows.
        after: (N, T) after the gain too: the root mean square of what the sublayer gets.
    """

    before: Tensor
    normalized: Tensor
    after: Tensor


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A model's next-token prediction without the division of one norm.

    Attributes:
        norm: number of the norm, 0 to 2L.
        kl: KL divergence D(full ‖ without) in bits.
        same_order: whether the `shown` most likely tokens come in the same order without the norm.
        token_ids: (K,) the most likely tokens of the full model, then those that only the other
            prediction has among its most likely.
        full: (K,) their probabilities in the full model.
        without: (K,) their probabilities without the norm.
    """

    norm: int
    kl: float
    same_order: bool
    token_ids: Tensor
    full: Tensor
    without: Tensor


def norms_of_model(model: PredictionModel, ids: Sequence[int]) -> NormsOfModel:
    """Run a text and measure the residual stream before and after every RMSNorm.

    Args:
        model: a Llama-architecture language model.
        ids: at least one token id.

    Raises:
        ValueError: for bad ids.

    Source: Zhang, Sennrich 2019, arXiv:1910.07467, equation 4; large values at the first token:
    Sun et al. 2024, arXiv:2402.17762, section 2.
    """
    trace = model.trace(ids, keep=["residual_middle"])
    rows = []
    for layer, block in enumerate(model.weights.blocks):
        rows.append((trace.hidden[layer], block.attn_norm))
        rows.append((trace.residual_middle[layer], block.ffn_norm))
    rows.append((trace.hidden[-1], model.weights.output_norm))
    traces = [rms_norm_trace(x, model.config.norm_eps, gain.cpu()) for x, gain in rows]
    return NormsOfModel(
        before=torch.stack([_rms(t.x) for t in traces]),
        normalized=torch.stack([_rms(t.normalized) for t in traces]),
        after=torch.stack([_rms(t.output) for t in traces]),
    )


def leave_out(
    model: PredictionModel,
    ids: Sequence[int],
    norm: int,
    full_logits: Tensor | None = None,
    shown: int = 6,
) -> LeftOut:
    """Predict the next token without the division of one norm; its gain stays.

    Args:
        model: a Llama-architecture language model.
        ids: the text, at least one token id.
        norm: 2l is the norm before attention of layer l, 2l + 1 the one before its feed-forward
            network, 2L the last one.
        full_logits: (V,) of the complete model, if known.
        shown: number of most likely tokens to report from each prediction.

    Raises:
        ValueError: for bad ids, a norm that there is not, logits not (V,), or shown below 1.
    """
    norm = integer("norm", norm, 0, 2 * model.config.num_layers)
    logits = model.next_logits(ids) if full_logits is None else vector("full_logits", full_logits)
    if len(logits) != model.config.vocab_size:
        raise InputError(
            "full_logits must have {expected} values, one per token; got {got}.",
            expected=model.config.vocab_size,
            got=len(logits),
        )
    full = logits.double().log_softmax(dim=-1)
    without = model.logits_without_norms(ids, [norm]).double().log_softmax(dim=-1)
    # In logarithms, because without a norm most probabilities underflow to 0.
    kl = float((full.exp() * (full - without)).sum()) / math.log(2)
    most = integer("shown", shown, 1, len(logits))
    top, others = (log_probs.topk(most).indices.tolist() for log_probs in (full, without))
    token_ids = torch.tensor(top + [i for i in others if i not in top])
    return LeftOut(
        norm,
        max(kl, 0.0),
        top == others,
        token_ids,
        full[token_ids].exp(),
        without[token_ids].exp(),
    )


def _rms(x: Tensor) -> Tensor:
    return x.square().mean(dim=-1).sqrt()
