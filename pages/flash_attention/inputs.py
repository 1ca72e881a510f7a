"""q, k and v of one head: the language model's on a text, or typed in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

import ui
from core.lm import ModelTrace
from ui import _, models

MOST_TOKENS = 16
MOST_COLUMNS, LARGEST = 8, 100.0


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """One head on one text.

    Attributes:
        q: (T, d), rotated if the model uses RoPE.
        k: (T, d), likewise.
        v: (T, dv).
        words: T tokens in visible characters.
        notice: A sentence if the text was truncated, else "".
    """

    q: Tensor
    k: Tensor
    v: Tensor
    words: tuple[str, ...]
    notice: str = ""


def sizes() -> tuple[int, int]:
    """Return the language model's number of layers and of query heads."""
    config = models.language_model().config
    return config.num_layers, config.num_heads


@lru_cache(maxsize=64)
def of_model(text: str, layer: int, head: int, _language: str) -> Head | None:
    """Return a head of the language model on a text; None if the text has no tokens."""
    ids, notice = models.encode_limited(text, MOST_TOKENS)
    if not ids:
        return None
    model = models.language_model()

    def work() -> ModelTrace:
        return model.trace(ids, keep=["rotated_queries", "rotated_keys", "values"])

    trace = models.compute(("head of flash_attention", tuple(ids)), work)
    shared = head // (model.config.num_heads // model.config.num_kv_heads)
    words = tuple(ui.plain(models.token(i)) for i in ids)
    return Head(
        trace.rotated_queries[layer, head],
        trace.rotated_keys[layer, shared],
        trace.values[layer, shared],
        words,
        notice,
    )


@lru_cache(maxsize=64)
def typed(q: str, k: str, v: str, _language: str) -> Head | str:
    """Return the head that three texts spell, or a sentence on why they cannot be read."""
    matrices = []
    for name, text in (("q", q), ("k", k), ("v", v)):
        try:
            matrices.append(_matrix(text))
        except ValueError as problem:
            return f"{name}: {problem}"
    read_q, read_k, read_v = matrices
    if len({len(m) for m in matrices}) > 1 or read_q.shape[1] != read_k.shape[1]:
        return _(
            "q, k and v need one row per token, and the rows of q and k must be equally long. Now "
            "q is {q}, k is {k} and v is {v} (rows × numbers)."
        ).format(
            **{name: "×".join(map(str, m.shape)) for name, m in zip("qkv", matrices, strict=True)}
        )
    return Head(read_q, read_k, read_v, tuple(str(n + 1) for n in range(len(read_q))))


def _matrix(text: str) -> Tensor:
    """Return the matrix that a text spells; raise a ValueError with a sentence if there is none."""
    lines = [line.replace(",", " ").split() for line in text[:2000].replace(";", "\n").splitlines()]
    lines = [line for line in lines if line]
    if not lines or len(lines) > MOST_TOKENS or max(map(len, lines)) > MOST_COLUMNS:
        raise ValueError(
            _("type 1 to {rows} rows of 1 to {columns} numbers.").format(
                rows=MOST_TOKENS, columns=MOST_COLUMNS
            )
        )
    if len(set(map(len, lines))) > 1:
        raise ValueError(_("type equally many numbers in every row."))
    return torch.tensor([[_number(word) for word in line] for line in lines])


def _number(word: str) -> float:
    try:
        value = float(word.replace("−", "-"))
    except ValueError:
        value = math.nan
    if not abs(value) <= LARGEST:
        raise ValueError(
            _("“{word}” is not a number from −{n} to {n}.").format(word=word[:20], n=round(LARGEST))
        )
    return value
