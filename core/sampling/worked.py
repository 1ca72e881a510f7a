"""The worked table 女孩 · 鞋子 · 大象 · 其他, and the mistake of dividing probabilities by T."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core import checks
from core.errors import InputError
from core.sampling.filters import apply_temperature, top_k, top_p
from core.sampling.limits import ORDERS
from core.sampling.params import SamplingParams
from core.sampling.trace import SamplingTrace, sampling_trace

WORKED_TOKENS: tuple[str, ...] = ("女孩", "鞋子", "大象", "其他")
WORKED_PROBS: tuple[float, ...] = (0.664, 0.199, 0.105, 0.032)


@dataclass(frozen=True, slots=True)
class TemperatureMistakeTrace:
    """The same filters and the same T, once on probabilities and once on logits.

    Attributes:
        probs: (V,) the table.
        after_top_k: (V,) bool, left by top-k.
        top_k_probs: (V,) renormalized over these; what top-p looks at.
        kept: (V,) bool, left by top-p too. All that follows is over these, 0 elsewhere.
        raw_kept: (V,) their probabilities as in the table, not renormalized.
        renormalized: (V,) raw_kept divided by its sum.
        raw_over_temperature: (V,) raw_kept / T, the exponents of the mistake.
        mistake: (V,) softmax(raw_kept / T). The known 0.660 / 0.340.
        mistake_renormalized: (V,) softmax(renormalized / T), the same mistake one step later.
        right: (V,) softmax(log p / T), which is p^(1/T) renormalized. 0.848 / 0.152.
        right_trace: the same by `sampling_trace`, stage by stage.
    """

    probs: Tensor
    after_top_k: Tensor
    top_k_probs: Tensor
    kept: Tensor
    raw_kept: Tensor
    renormalized: Tensor
    raw_over_temperature: Tensor
    mistake: Tensor
    mistake_renormalized: Tensor
    right: Tensor
    right_trace: SamplingTrace

    @property
    def ratios(self) -> tuple[float, float]:
        """Return how many times as likely the first token is as the second, for p > q.

        With the temperature on logits (p / q)^(1/T), on probabilities e^((p - q)/T); inf at T = 0.
        """
        p, q = self.probs[:2].to(torch.float64)
        T = torch.tensor(self.right_trace.params.temperature, dtype=torch.float64)
        return float((p / q) ** (1 / T)), float(((p - q) / T).exp())


def logits_from_probabilities(weights: Tensor | Sequence[float]) -> Tensor:
    """Return the logits of a table of weights: the log of the weights divided by their sum.

    Args:
        weights: (V,) numbers of at least 0, not all 0; they need not sum to 1.

    Returns:
        (V,) log probabilities, -inf for a weight of 0. Their softmax is weights / sum.

    Raises:
        ValueError: if a weight is negative or not finite, or all are 0.

    Example:
        `logits_from_probabilities([3.0, 1.0]).softmax(0)` is `[0.75, 0.25]`.

    Source: softmax(log p) = p.
    """
    w = checks.vector("weights", weights)
    lowest, highest = float(w.detach().min()), float(w.detach().max())
    if not 0.0 <= lowest <= highest < float("inf") or highest == 0.0:
        raise InputError(
            "weights must be finite, at least 0 and not all 0; got {got}.",
            got=checks.short(w.tolist()),
        )
    # Scaling by the largest first keeps a sum of huge weights from overflowing.
    scaled = w / highest
    return (scaled / scaled.sum()).log()


def softmax_of_probabilities(
    p: Tensor | Sequence[float], temperature: float, kept: Tensor | None = None
) -> Tensor:
    """Return softmax(p / T), the mistake of applying the temperature to probabilities.

    Shown because people do it. Two probabilities differ by at most as much as their logarithms, so
    for any T above 0 the ratio of two results, e^((p - q) / T), is at most as far from 1 as the
    correct (p / q)^(1 / T). At T = 1 the softmax should return p and does not.

    Args:
        p: (V,) probabilities, or some of them: they need not sum to 1.
        temperature: at least 0; 0 is greedy.
        kept: (V,) bool, the tokens to do it on; all of them if left out. (A removed token does not
            drop out by itself here: its probability of 0 becomes exp(0) = 1.)

    Returns:
        (V,) what the mistake takes for probabilities.

    Raises:
        ValueError: if an argument cannot be used.

    Example:
        `softmax_of_probabilities([0.664, 0.199], 0.7)` is `[0.660, 0.340]`; p^(1/T) renormalized
        is `[0.848, 0.152]`.

    Source: seen in lecture notes; against Hinton et al. (2015), eq. 1.
    """
    values = checks.vector("p", p)
    if not bool(((values >= 0) & (values <= 1)).all()):
        raise InputError(
            "p must hold probabilities; got {got}.",
            got=checks.short(values.tolist()),
        )
    if kept is not None:
        if not isinstance(kept, Tensor) or kept.dtype != torch.bool or kept.shape != values.shape:
            raise InputError(
                "kept must be {expected} booleans; got {got}.",
                expected=values.numel(),
                got=checks.short(kept),
            )
        if not bool(kept.any()):
            raise InputError("kept must leave at least one token.")
        values = values.masked_fill(~kept, -torch.inf)
    return apply_temperature(values, temperature).softmax(0)


def temperature_on_probabilities_trace(
    probs: Tensor | Sequence[float],
    temperature: float,
    k: int = 0,
    p: float = 1.0,
) -> TemperatureMistakeTrace:
    """Run top-k, top-p, then temperature on probabilities (the mistake) and on logits.

    Args:
        probs: (V,) probabilities.
        temperature: at least 0.
        k: for top-k; 0 is off.
        p: for top-p; 1 is off.

    Returns:
        A TemperatureMistakeTrace.

    Raises:
        ValueError: if an argument cannot be used.

    Example:
        See `worked_table`.

    Source: as `softmax_of_probabilities`.
    """
    table = checks.probabilities("probs", probs)
    logits = logits_from_probabilities(table)
    after_k = top_k(logits, k)
    after_p = top_p(after_k, p)
    kept = after_p > -torch.inf
    raw = table * kept
    renormalized = raw / raw.sum()
    params = SamplingParams(temperature=temperature, top_k=k, top_p=p, order=ORDERS["notes"])
    return TemperatureMistakeTrace(
        probs=table,
        after_top_k=after_k > -torch.inf,
        top_k_probs=after_k.softmax(0),
        kept=kept,
        raw_kept=raw,
        renormalized=renormalized,
        raw_over_temperature=raw / temperature if temperature else raw.masked_fill(kept, torch.inf),
        mistake=softmax_of_probabilities(raw, temperature, kept),
        mistake_renormalized=softmax_of_probabilities(renormalized, temperature, kept),
        right=apply_temperature(after_p, temperature).softmax(0),
        right_trace=sampling_trace(logits, params),
    )


def worked_table(temperature: float = 0.7, k: int = 3, p: float = 0.8) -> TemperatureMistakeTrace:
    """Run 女孩 0.664 · 鞋子 0.199 · 大象 0.105 · 其他 0.032 through top-k 3, top-p 0.8, T 0.7.

    Top-k leaves three, renormalized 0.686, 0.206, 0.108. Top-p leaves two, as 0.686 is short of 0.8
    and 0.892 is not. The known result then takes the table's own 0.664 and 0.199, not renormalized:
    softmax(0.664 / 0.7, 0.199 / 0.7) = 0.660 / 0.340. Renormalized first (0.769, 0.231) the same
    mistake gives 0.683 / 0.317. On logits, renormalized or not: 0.848 / 0.152.

    Args:
        temperature: at least 0.
        k: for top-k.
        p: for top-p.

    Returns:
        A TemperatureMistakeTrace; its places are those of `WORKED_TOKENS`.

    Raises:
        ValueError: if an argument cannot be used.

    Example:
        `worked_table().mistake` is `[0.660, 0.340, 0, 0]`, its `.right` `[0.848, 0.152, 0, 0]`.

    Source: lecture notes' table; recomputed.
    """
    return temperature_on_probabilities_trace(WORKED_PROBS, temperature, k, p)
