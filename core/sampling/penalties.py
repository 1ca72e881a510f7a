"""Penalties: filters that depend on the tokens so far. (V,) logits in, (V,) logits out."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from core import checks
from core.errors import InputError
from core.sampling.filters import REMOVED, check_logits


def repetition_penalty(
    logits: Tensor | Sequence[float], previous_ids: Sequence[int] | Tensor, penalty: float
) -> Tensor:
    """Make the tokens already seen less likely: positive logits divided, negative multiplied.

    Args:
        logits: (V,) real numbers or -inf.
        previous_ids: ids of the running context; how often one occurs makes no difference.
        penalty: above 0; 1 is off, above 1 discourages, below 1 encourages.

    Returns:
        (V,) logits.

    Raises:
        ValueError: if an id is outside the vocabulary or the penalty is not positive.

    Example:
        `repetition_penalty([2.0, -1.0, 0.5], [0, 1], 2.0)` is `[1, -2, 0.5]`.

    Source: Keskar et al. (2019), "CTRL", section 4.1, with the sign rule of `transformers`.
    """
    x = check_logits(logits)
    ids = torch.unique(check_ids(previous_ids, x.numel())).to(x.device)
    penalty = checks.number("penalty", penalty, 0.0, low_open=True)
    if penalty == 1.0 or not ids.numel():
        return x.clone()
    seen = x.index_select(0, ids)
    return x.index_copy(
        0, ids, _finite(torch.where(seen < 0, seen * penalty, seen / penalty), seen)
    )


def frequency_presence_penalty(
    logits: Tensor | Sequence[float],
    previous_ids: Sequence[int] | Tensor,
    frequency: float,
    presence: float,
) -> Tensor:
    """Subtract `frequency` for each earlier occurrence and `presence` once for having occurred.

    Args:
        logits: (V,) real numbers or -inf.
        previous_ids: ids of the running context.
        frequency: logits per occurrence; 0 is off, negative encourages.
        presence: logits once; 0 is off, negative encourages.

    Returns:
        (V,) logits.

    Raises:
        ValueError: if an id is outside the vocabulary or a penalty is not finite.

    Example:
        `frequency_presence_penalty([1.0, 1.0, 1.0], [0, 0, 1], 0.25, 0.5)` is `[0, 0.25, 1]`.

    Source: OpenAI API reference, "Frequency and presence penalties".
    """
    x = check_logits(logits)
    ids = check_ids(previous_ids, x.numel()).to(x.device)
    frequency = checks.number("frequency", frequency)
    presence = checks.number("presence", presence)
    counts = torch.bincount(ids, minlength=x.numel()).to(x.dtype)
    return _finite(x - frequency * counts - presence * (counts > 0).to(x.dtype), x)


def no_repeat_ngram(
    logits: Tensor | Sequence[float], previous_ids: Sequence[int] | Tensor, n: int
) -> Tensor:
    """Remove every token that would complete an n-gram already in the context; 0 is off.

    Where that would remove every token, the most likely one stays.

    Args:
        logits: (V,) real numbers or -inf.
        previous_ids: ids of the running context.
        n: length of the n-gram; 1 forbids any repeated token.

    Returns:
        (V,) logits.

    Raises:
        ValueError: if an id is outside the vocabulary or n is negative.

    Example:
        After the context 5 7 5 the 2-gram "5 7" exists, so n = 2 removes token 7.

    Source: Paulus, Xiong, Socher (2018), "A Deep Reinforced Model for Abstractive Summarization",
    section 2.5.
    """
    x = check_logits(logits)
    context = check_ids(previous_ids, x.numel()).tolist()
    banned = banned_by_ngram(context, checks.integer("n", n, 0))
    if not banned:
        return x.clone()
    ids = torch.tensor(banned, dtype=torch.int64, device=x.device)
    out = x.index_fill(0, ids, REMOVED)
    if float(out.detach().max()) == REMOVED:
        best = torch.argmax(x).reshape(1)
        out = out.index_copy(0, best, x.index_select(0, best))
    return out


def banned_by_ngram(context: Sequence[int], n: int) -> list[int]:
    """Return the ids that followed earlier occurrences of the last n - 1 tokens, sorted."""
    if n == 0 or len(context) < n:
        return []
    tail = tuple(context[len(context) - n + 1 :])
    followers = {
        context[start + n - 1]
        for start in range(len(context) - n + 1)
        if tuple(context[start : start + n - 1]) == tail
    }
    return sorted(followers)


def _finite(after: Tensor, before: Tensor) -> Tensor:
    """Keep an overflow from removing a token or making it the only one."""
    limits = torch.finfo(after.dtype)
    return torch.where(before > REMOVED, after.clamp(limits.min, limits.max), REMOVED)


def check_ids(ids: Sequence[int] | Tensor, vocabulary: int, name: str = "previous_ids") -> Tensor:
    """Return token ids as a 1-D int64 tensor inside the vocabulary, or say what is wrong."""
    if isinstance(ids, Tensor):
        if ids.ndim != 1 or ids.is_floating_point() or ids.is_complex() or ids.dtype == torch.bool:
            raise InputError(
                "{name} must be a 1-D list of whole numbers; got shape {shape} of {dtype}.",
                name=name,
                shape=tuple(ids.shape),
                dtype=ids.dtype,
            )
        tensor = ids.to(torch.int64)
    else:
        try:
            values = list(ids)
        except TypeError as error:
            raise InputError(
                "{name} must be a list of whole numbers; got {got}.",
                name=name,
                got=checks.short(ids),
            ) from error
        for value in values:
            if type(value) is not int or not -(2**62) < value < 2**62:
                raise InputError(
                    "{name} must hold whole numbers; got {got}.",
                    name=name,
                    got=checks.short(value),
                )
        tensor = torch.tensor(values, dtype=torch.int64)
    if tensor.numel():
        for value in (int(tensor.min()), int(tensor.max())):
            if not 0 <= value < vocabulary:
                raise InputError(
                    "{name} must be token ids from 0 to {last}; got {got}.",
                    name=name,
                    last=vocabulary - 1,
                    got=value,
                )
    return tensor
