"""Short sentences as a batch: words, padding, and seeded vectors for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch

import charts.attention as charts
from core.attention import AttentionTrace, MaskPlan, MultiHeadSelfAttention, combine_masks
from ui import _

MOST_SENTENCES = 4
MOST_WORDS = 8
PAD = "[pad]"


@dataclass(frozen=True, slots=True)
class Batch:
    """Sentences padded to one length.

    Attributes:
        rows: B sequences of T words, padding included.
        lengths: Real words of each.
        cut: Whether sentences or words were left out.
    """

    rows: tuple[tuple[str, ...], ...]
    lengths: tuple[int, ...]
    cut: bool


def words_of(text: str, most: int) -> list[str]:
    """Return the first `most` words of a text, each shortened to 24 characters."""
    return [word[:24] for word in text[:2000].split()][:most]


def shortened(text: str, most: int) -> str:
    """Return a sentence on the words that a view leaves out; "" if it shows all of them."""
    count = len(text[:2000].split())
    if count <= most:
        return ""
    return _("The sentence has {n} words; this view shows the first {most}.").format(
        n=count, most=most
    )


@lru_cache(maxsize=64)
def batch_of(text: str, side: str) -> Batch:
    """Split each line into words and pad the shorter ones on one side."""
    # A page-long paste is cut before it is split.
    lines = [line.split() for line in text[:4000].splitlines()]
    lines = [line for line in lines if line]
    kept = [[word[:24] for word in line[:MOST_WORDS]] for line in lines[:MOST_SENTENCES]]
    longest = max((len(line) for line in kept), default=0)
    rows = []
    for line in kept:
        padding = [PAD] * (longest - len(line))
        rows.append(tuple(line + padding if side == "right" else padding + line))
    cut = len(lines) > MOST_SENTENCES or any(len(line) > MOST_WORDS for line in lines)
    return Batch(tuple(rows), tuple(len(line) for line in kept), cut)


@lru_cache(maxsize=64)  # st.cache_data would spend a millisecond on hashing the arguments
def layer_run(
    batch: Batch,
    side: str,
    causal: bool,
    heads: int,
    head_dim: int,
    off: tuple[int, ...],
    seed: int,
) -> tuple[AttentionTrace, charts.Projections]:
    """Run a small random layer on a batch; equal words have equal vectors."""
    generator = torch.Generator().manual_seed(seed)
    layer = MultiHeadSelfAttention(heads * head_dim, heads, generator=generator)
    words = list(dict.fromkeys(word for row in batch.rows for word in row))
    vectors = torch.randn(len(words), heads * head_dim, generator=generator)
    x = vectors[torch.tensor([[words.index(word) for word in row] for row in batch.rows])]
    plan = MaskPlan(causal=causal, lengths=batch.lengths, side=side)
    mask = combine_masks(plan, len(batch.rows[0])).combined
    with torch.inference_mode():
        trace = layer(x, mask, torch.tensor([head not in off for head in range(heads)]))
    matrices = (layer.q_proj, layer.k_proj, layer.v_proj, layer.out_proj)
    q, k, v, out = (matrix.weight.detach().T for matrix in matrices)
    return trace, charts.Projections(q, k, v, out)
