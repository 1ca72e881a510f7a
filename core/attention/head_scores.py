"""Measures of what heads attend to: the previous token, the first, the same one, and induction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import finite, integer, token_ids
from core.errors import InputError


@dataclass(frozen=True, slots=True)
class HeadScores:
    """Mean attention weight that each head puts on five kinds of key; (L, H) each, in [0, 1].

    A kind that the text has no example of is all zero, and its entry in `rows` is 0.
    """

    previous_token: Tensor  # on the token just before
    first_token: Tensor  # on token 0, by all later rows
    current_token: Tensor  # on the row's own token
    same_token: Tensor  # on other places that hold the row's token
    induction: Tensor  # on what followed earlier places that held the row's token
    rows: dict[str, int]  # how many query rows each mean is over


def head_scores(attentions: Tensor, ids: Tensor | Sequence[int]) -> HeadScores:
    """Measure what each head attends to in one text.

    Args:
        attentions: (L, H, T, T) or (H, T, T) weights of one text.
        ids: (T,) its token ids.

    Returns:
        (L, H) scores, or (H,). Means are over the query rows for which the kind of key exists.
        "Same" and "induction" add up the weights of all such keys; for "same" only earlier places
        count where the matrix is causal (no weight above the diagonal), else all places.

    Raises:
        ValueError: when the shapes do not fit.

    Example:
        >>> previous = torch.tensor([[[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
        >>> head_scores(previous, [5, 6, 5]).previous_token.tolist()
        [1.0]

    Source: Olsson et al. 2022, In-context learning and induction heads,
    transformer-circuits.pub/2022/in-context-learning-and-induction-heads, "Prefix matching";
    Clark et al. 2019, arXiv:1906.04341, section 3.
    """
    weights = finite("attentions", attentions, min_ndim=3, max_ndim=4)
    tokens = token_ids("ids", ids).to(weights.device)
    length = len(tokens)
    if tuple(weights.shape[-2:]) != (length, length):
        raise InputError(
            "attentions must end in ({length}, {length}), one row and column per id; got {shape}.",
            length=length,
            shape=tuple(weights.shape),
        )
    places = torch.arange(length, device=weights.device)
    query, key = places.unsqueeze(1), places
    equal = tokens.unsqueeze(1) == tokens
    causal = not bool((weights.triu(1) != 0).any())
    targets = {
        "previous_token": key == query - 1,
        "first_token": (key == 0) & (query > 0),
        "current_token": key == query,
        "same_token": equal & ((key < query) if causal else (key != query)),
        "induction": induction_targets(tokens),
    }
    scores = {name: _mean_weight(weights, target) for name, target in targets.items()}
    rows = {name: int(target.any(dim=-1).sum()) for name, target in targets.items()}
    return HeadScores(**scores, rows=rows)


def induction_targets(ids: Tensor | Sequence[int]) -> Tensor:
    """Return which keys an induction head attends to: [A][B] ... [A] -> that [B].

    Args:
        ids: (T,) token ids.

    Returns:
        (T, T) bool: key s + 1 for query t wherever ids[s] == ids[t] and s + 1 < t.

    Example:
        >>> induction_targets([7, 8, 9, 7]).int().tolist()[3]
        [0, 1, 0, 0]
    """
    tokens = token_ids("ids", ids)
    length = len(tokens)
    targets = torch.zeros(length, length, dtype=torch.bool, device=tokens.device)
    targets[:, 1:] = (tokens.unsqueeze(1) == tokens)[:, :-1]
    return targets & torch.ones_like(targets).tril(-1)


def induction_scores(attentions: Tensor, ids: Tensor | Sequence[int]) -> Tensor:
    """Return the induction score of each head; give it a `repeated_random_ids` text.

    Args:
        attentions: (L, H, T, T) or (H, T, T) weights.
        ids: (T,) token ids in which something repeats.

    Returns:
        (L, H) or (H,): mean weight on what followed the row's token earlier.

    Raises:
        ValueError: when no token occurs twice, so that there is nothing to measure.
    """
    scores = head_scores(attentions, ids)
    if scores.rows["induction"] == 0:
        raise InputError(
            "ids must repeat a token that another token follows; got no such "
            "repetition, so induction cannot be measured. Use repeated_random_ids."
        )
    return scores.induction


def repeated_random_ids(
    vocab_size: int,
    period: int,
    generator: torch.Generator,
    *,
    repeats: int = 2,
    start_ids: Sequence[int] = (),
    allowed_ids: Sequence[int] | None = None,
) -> Tensor:
    """Return a random text that repeats itself, on which only induction can predict anything.

    Args:
        vocab_size: ids are drawn from 0 to vocab_size - 1.
        period: tokens before it repeats, at least 2; all different where the vocabulary suffices.
        generator: the source of the draw.
        repeats: how many times the period is written, at least 2.
        start_ids: put in front once, for example the model's start token.
        allowed_ids: draw from these instead, for example all but the special tokens.

    Returns:
        (len(start_ids) + repeats · period,) int64.

    Example:
        >>> ids = repeated_random_ids(11, 3, torch.Generator().manual_seed(0))
        >>> ids[:3].tolist() == ids[3:].tolist()
        True
    """
    vocab_size = integer("vocab_size", vocab_size, 1)
    period = integer("period", period, 2)
    repeats = integer("repeats", repeats, 2)
    pool = torch.arange(vocab_size)
    if allowed_ids is not None:
        pool = token_ids("allowed_ids", allowed_ids).to(torch.int64)
    if int(pool.max()) >= vocab_size:
        raise InputError(
            "allowed_ids must lie below vocab_size={vocab_size}; got {got}.",
            vocab_size=vocab_size,
            got=int(pool.max()),
        )
    if len(pool) >= period:
        chosen = pool[torch.randperm(len(pool), generator=generator)[:period]]
    else:
        chosen = pool[torch.randint(len(pool), (period,), generator=generator)]
    start = torch.tensor(list(start_ids), dtype=torch.int64)
    return torch.cat([start, chosen.repeat(repeats)])


def _mean_weight(weights: Tensor, target: Tensor) -> Tensor:
    rows = target.any(dim=-1)
    if not bool(rows.any()):
        return torch.zeros(weights.shape[:-2], dtype=weights.dtype, device=weights.device)
    on_target = weights.masked_fill(~target, 0.0).sum(dim=-1)
    return on_target[..., rows].mean(dim=-1)
