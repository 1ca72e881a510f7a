"""Architectures: one sentence under the masks of an encoder, decoders and an encoder–decoder."""

from __future__ import annotations

import torch

import charts.attention as charts
import ui
from core.attention import (
    ARCHITECTURES,
    ArchitectureMasks,
    AttentionTrace,
    architecture_masks,
    attention,
)
from pages.attention import controls
from pages.attention.boards import cell_note, chosen_cell, show_board
from pages.attention.sentences import shortened, words_of
from ui import _

HEAD_SIZE = 8


def draw() -> None:
    """Draw the attention weights of every architecture and compare them in a table."""
    source = controls.kinds_words()
    target = words_of(controls.kinds_target.value, controls.MOST_KINDS_WORDS)
    prefix = controls.kinds_prefix.value
    if not source or not target:
        ui.note(
            _("Type at least one word in “Sentence” and in “Output of the encoder–decoder”."),
            keep=True,
        )
        return
    runs = []
    for name in ARCHITECTURES:
        length = len(target) if name == "encoder-decoder" else len(source)
        masks = architecture_masks(name, length, len(source), prefix)
        runs.append((masks, _attend(masks, source, target)))
    lines = charts.architecture_lines(runs, source, target)
    with ui.figure():
        show_board(
            lines,
            numbers=False,
            key="att_kinds",
            cell=controls.kinds_cell,
            alt=_(
                "Attention over {n} words in an encoder, a decoder, a prefix decoder with a prefix "
                "of {prefix}, and an encoder–decoder with {m} output words."
            ).format(n=len(source), prefix=prefix, m=len(target)),
        )
    ui.note(_sentence(runs, prefix, len(source)), keep=True)
    cuts = (
        shortened(text, controls.MOST_KINDS_WORDS)
        for text in (controls.kinds_text.value, controls.kinds_target.value)
    )
    ui.note(
        cell_note(lines, chosen_cell(controls.kinds_cell))
        or _("Click a cell to see how its weight is computed."),
        keep=True,
    )
    ui.note(" ".join(filter(None, cuts)), keep=True)
    ui.table(
        (_("architecture"), _("attention"), _("trained to"), _("examples")),
        [
            (
                _("encoder"),
                _("every word attends to every word"),
                _("fill in masked words"),
                "BERT, RoBERTa",
            ),
            (
                _("decoder"),
                _("a word attends to itself and to earlier words"),
                _("predict the next token at every position at once"),
                "GPT, Llama, SmolLM2",
            ),
            (
                _("prefix decoder"),
                _(
                    "words of the prefix attend to the whole prefix, later words to themselves and "
                    "to earlier words"
                ),
                _("predict what follows the prefix"),
                "UniLM, GLM",
            ),
            (
                _("encoder–decoder"),
                _("the decoder attends to the whole source and to its own output so far"),
                _("predict the target, token by token"),
                "Transformer 2017, T5",
            ),
        ],
    )


def _sentence(
    runs: list[tuple[ArchitectureMasks, list[tuple[str, AttentionTrace]]]], prefix: int, length: int
) -> str:
    """Compare the number of allowed cells, which is all that the first three differ in."""
    cells = {
        masks.name: int(mask.sum())
        for masks, _traces in runs
        for mask in (masks.encoder_self if masks.name == "encoder" else masks.decoder_self,)
        if mask is not None
    }
    return _(
        "The same queries and keys under three masks: the encoder allows {a} of {all} cells, the "
        "decoder {b}, and the prefix decoder {c} (prefix {prefix}: {more} more than the decoder)."
    ).format(
        a=cells["encoder"], b=cells["decoder"], c=cells["prefix"], all=length**2, prefix=prefix,
        more=cells["prefix"] - cells["decoder"],
    )  # fmt: skip


def _attend(
    masks: ArchitectureMasks, source: list[str], target: list[str]
) -> list[tuple[str, AttentionTrace]]:
    """Attend under each mask of an architecture; equal words have equal random vectors."""
    generator = torch.Generator().manual_seed(controls.kinds_seed.value)
    words = list(dict.fromkeys([*source, *target]))
    q, k = (
        dict(zip(words, torch.randn(len(words), HEAD_SIZE, generator=generator), strict=True))
        for _name in "qk"
    )
    decoder = target if masks.name == "encoder-decoder" else source
    traces = []
    for field, queries, keys in (
        ("encoder_self", source, source),
        ("decoder_self", decoder, decoder),
        ("cross", target, source),
    ):
        mask = getattr(masks, field)
        if mask is not None:
            query = torch.stack([q[word] for word in queries])
            key = torch.stack([k[word] for word in keys])
            traces.append((field, attention(query, key, key, mask)))
    return traces
