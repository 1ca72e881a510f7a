"""Short sentences as a batch: words, padding, and seeded vectors for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch

import charts.attention as charts
import ui
from core.attention import AttentionTrace, MaskPlan, MultiHeadSelfAttention, combine_masks
from ui import _

MOST_SENTENCES = 4
MOST_WORDS = 8
PAD = "[pad]"


@dataclass(frozen=True, slots=True)
class Batch:
    """Sentences filled up to one length.

    Attributes:
        rows: B lists of T words, padding included.
        lengths: real words of each.
        notice: a sentence where something was left out, else "".
    """

    rows: list[list[str]]
    lengths: list[int]
    notice: str


def words_of(text: str, most: int) -> list[str]:
    """The first words of a sentence, each cut where it is a paste rather than a word."""
    return [word[:24] for word in text[:2000].split()][:most]


def reach(key: str, words: int, most: int) -> int:
    """Where a slider over words ends: at the last of them, so that every place shows something.

    A value beyond stays within reach: a sentence that is typed anew begins with one word.
    """
    return min(most, max(1, words, int(ui.get(key, 0))))


def batch_of(text: str, side: str) -> Batch:
    """A line is a sentence; words are split at spaces and filled up on one side."""
    # A page-long paste is cut before it is split.
    lines = [line.split() for line in text[:4000].splitlines()]
    lines = [line for line in lines if line]
    kept = [[word[:24] for word in line[:MOST_WORDS]] for line in lines[:MOST_SENTENCES]]
    notice = ""
    if len(lines) > MOST_SENTENCES or any(len(line) > MOST_WORDS for line in lines):
        notice = _(
            "Here fit {sentences} sentences of {words} words; the rest is left out. Longer texts "
            "are at home under “Real heads”."
        ).format(sentences=MOST_SENTENCES, words=MOST_WORDS)
    longest = max((len(line) for line in kept), default=0)
    rows = []
    for line in kept:
        filling = [PAD] * (longest - len(line))
        rows.append(line + filling if side == "right" else filling + line)
    return Batch(rows, [len(line) for line in kept], notice)


@lru_cache(maxsize=64)  # Streamlit's own would spend a millisecond on its arguments
def layer_run(
    rows: tuple[tuple[str, ...], ...],
    lengths: tuple[int, ...],
    side: str,
    causal: bool,
    heads: int,
    head_dim: int,
    off: tuple[int, ...],
    seed: int,
) -> tuple[AttentionTrace, charts.Projections]:
    """A small random layer on the batch; the same word has the same vector everywhere."""
    generator = torch.Generator().manual_seed(seed)
    layer = MultiHeadSelfAttention(heads * head_dim, heads, generator=generator)
    words = list(dict.fromkeys(word for row in rows for word in row))
    vectors = torch.randn(len(words), heads * head_dim, generator=generator)
    x = vectors[torch.tensor([[words.index(word) for word in row] for row in rows])]
    plan = MaskPlan(causal=causal, lengths=list(lengths), side=side)
    mask = combine_masks(plan, len(rows[0])).combined
    with torch.inference_mode():
        trace = layer(x, mask, torch.tensor([head not in off for head in range(heads)]))
    matrices = (layer.q_proj, layer.k_proj, layer.v_proj, layer.out_proj)
    q, k, v, out = (matrix.weight.detach().T for matrix in matrices)
    return trace, charts.Projections(q, k, v, out)
