"""Masked language modeling: which tokens are chosen, and what the model reads in their place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from core.checks import integer, number, token_ids
from core.errors import InputError

IGNORED = -100  # the label of a token that has no loss, as in PyTorch's cross-entropy
RATE = 0.15
#: Shares of the chosen tokens: replaced by [MASK], replaced by a random token, left as they are.
SHARES = {"mask": 0.8, "random": 0.1, "kept": 0.1}


@dataclass(frozen=True, slots=True)
class MaskedTokens:
    """A text prepared for masked language modeling; T tokens.

    Attributes:
        inputs: (T,) ids that the model reads.
        labels: (T,) the original id of every chosen token, -100 elsewhere.
        kinds: T names: "mask", "random" or "kept" for a chosen token, "" for the others.
    """

    inputs: Tensor
    labels: Tensor
    kinds: tuple[str, ...]

    def count(self, kind: str) -> int:
        """Return the number of tokens of a kind."""
        return self.kinds.count(kind)


def masked_count(length: int, rate: float = RATE, most: int | None = None) -> int:
    """Return how many tokens of a sequence BERT predicts: max(1, round(rate · length)).

    Python's `round` takes a half to the even neighbor, so 4.5 becomes 4 and 7.5 becomes 8.

    Args:
        length: tokens of the sequence, at least 1.
        rate: share of the tokens, 0 to 1.
        most: upper limit, at least 1; None: none (`max_predictions_per_seq` in BERT's script).

    Raises:
        ValueError: when an argument is outside these ranges.

    Example:
        >>> masked_count(30), masked_count(50), masked_count(2)
        (4, 8, 1)

    Source: Devlin et al. 2018, arXiv:1810.04805; google-research/bert,
    create_pretraining_data.py, `create_masked_lm_predictions`.
    """
    length = integer("length", length, 1)
    count = max(1, round(number("rate", rate, 0, 1) * length))
    return count if most is None else min(count, integer("most", most, 1))


def mask_tokens(
    ids: Tensor | Sequence[int],
    vocab_size: int,
    mask_id: int,
    generator: torch.Generator,
    rate: float = RATE,
    special_ids: Sequence[int] = (),
) -> MaskedTokens:
    """Choose tokens and replace 80 % by [MASK], 10 % by a random token; the rest stays.

    The number of chosen tokens is fixed by `masked_count`; each chosen token's fate is drawn
    independently. A random token is neither `mask_id` nor special, but it may be the original one.

    Args:
        ids: (T,) token ids below `vocab_size`.
        vocab_size: size of the vocabulary.
        mask_id: id of [MASK].
        generator: source of the random choices.
        rate: share of the tokens to choose, 0 to 1, of all T.
        special_ids: ids that are never chosen, such as [CLS] and [SEP].

    Raises:
        ValueError: when an id is outside the vocabulary, or every token is special.

    Example:
        >>> g = torch.Generator().manual_seed(0)
        >>> m = mask_tokens([5, 6, 7, 8], 9, 4, g, rate=1.0)
        >>> m.labels.tolist(), m.count("")
        ([5, 6, 7, 8], 0)

    Source: Devlin et al. 2018, arXiv:1810.04805, section 3.1 and appendix A.1.
    """
    vocab_size = integer("vocab_size", vocab_size, 1)
    mask_id = integer("mask_id", mask_id, 0, vocab_size - 1)
    original = token_ids("ids", ids).to(torch.long)
    if int(original.max()) >= vocab_size:
        raise InputError(
            "ids must be below vocab_size={size}; got {got}.",
            size=vocab_size,
            got=int(original.max()),
        )
    special = torch.tensor([*special_ids], dtype=torch.long)
    candidates = (~torch.isin(original, special)).nonzero()[:, 0]
    if not len(candidates):
        raise InputError("ids must have a token that is not special; got {got}.", got=len(original))
    count = min(masked_count(len(original), rate), len(candidates))
    chosen = candidates[torch.randperm(len(candidates), generator=generator)[:count]]
    fate = torch.rand(count, generator=generator)
    ordinary = torch.ones(vocab_size, dtype=torch.bool)
    ordinary[special[(special >= 0) & (special < vocab_size)]] = False
    ordinary[mask_id] = False
    drawable = ordinary.nonzero()[:, 0] if bool(ordinary.any()) else original
    drawn = drawable[torch.randint(len(drawable), (count,), generator=generator)]
    masked, random = fate < SHARES["mask"], fate >= 1 - SHARES["random"]

    inputs, labels = original.clone(), torch.full_like(original, IGNORED)
    labels[chosen] = original[chosen]
    inputs[chosen[masked]] = mask_id
    inputs[chosen[random]] = drawn[random]
    kinds = [""] * len(original)
    for place, is_mask, is_random in zip(
        chosen.tolist(), masked.tolist(), random.tolist(), strict=True
    ):
        kinds[place] = "mask" if is_mask else "random" if is_random else "kept"
    return MaskedTokens(inputs, labels, tuple(kinds))
