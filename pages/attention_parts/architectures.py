"""Encoder, decoder, prefix decoder and encoder-decoder: one sentence under each."""

from __future__ import annotations

import streamlit as st
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
from pages.attention_parts.boards import show_board
from pages.attention_parts.sentences import reach, words_of
from ui import _

TEXT = "the cat sat on the mat"
TARGET = "die Katze saß da"
MOST_WORDS = 9
HEAD_SIZE = 8


def draw() -> None:
    """Controls and the board."""
    left, right, third, fourth = st.columns([4, 4, 2, 2], gap="medium")
    with left:
        source = words_of(ui.live_text(_("Sentence"), TEXT, key="att_source_text"), MOST_WORDS)
    with right:
        text = ui.live_text(_("What the encoder–decoder writes"), TARGET, key="att_target_text")
        target = words_of(text, MOST_WORDS)
    with third:
        end = reach("att_aprefix", len(source), MOST_WORDS)
        prefix = int(ui.live_slider(_("Prefix"), 0, end, 3, key="att_aprefix"))
    with fourth:
        seed = int(ui.live_slider(_("Seed"), 0, 99, 1, key="att_aseed"))
    if not source or not target:
        ui.note(_("Both boxes need a word."))
        return
    prefix = min(prefix, len(source))
    runs = []
    for name in ARCHITECTURES:
        length = len(target) if name == "encoder-decoder" else len(source)
        masks = architecture_masks(name, length, len(source), prefix)
        runs.append((masks, _attend(masks, source, target, seed)))
    lines = charts.architecture_lines(runs, source, target)
    show_board(
        lines,
        numbers=False,
        most=520,
        key="att_kinds",
        alt=_(
            "Attention over {n} words under an encoder, a decoder, a decoder with a prefix of "
            "{prefix}, and an encoder–decoder that writes {m} words."
        ).format(n=len(source), prefix=prefix, m=len(target)),
    )
    if not ui.presenting():
        ui.table(
            (_("architecture"), _("who sees what"), _("trained to"), _("for example")),
            [
                (
                    _("encoder"),
                    _("every word sees every word"),
                    _("fill in masked words"),
                    "BERT, MiniLM",
                ),
                (
                    _("decoder"),
                    _("a word sees itself and what came before"),
                    _("predict the next token, at every place at once"),
                    "GPT, Llama, SmolLM2",
                ),
                (
                    _("prefix decoder"),
                    _("the prefix sees all of itself, the rest what came before"),
                    _("predict what follows the prefix"),
                    "UniLM, GLM",
                ),
                (
                    _("encoder–decoder"),
                    _("the writer sees the whole source and what it wrote"),
                    _("predict the target, token by token"),
                    "Transformer 2017, T5",
                ),
            ],
        )


def _attend(
    masks: ArchitectureMasks, source: list[str], target: list[str], seed: int
) -> list[tuple[str, AttentionTrace]]:
    """Seeded queries and keys, the same for the same word, under each mask there is."""
    generator = torch.Generator().manual_seed(seed)
    words = list(dict.fromkeys([*source, *target]))
    q, k = (
        dict(zip(words, torch.randn(len(words), HEAD_SIZE, generator=generator), strict=True))
        for _name in "qk"
    )
    asks = {"encoder_self": source, "decoder_self": target, "cross": target}
    answers = {"encoder_self": source, "decoder_self": target, "cross": source}
    if masks.name != "encoder-decoder":
        asks["decoder_self"] = answers["decoder_self"] = source
    traces = []
    for field in asks:
        mask = getattr(masks, field)
        if mask is not None:
            query = torch.stack([q[word] for word in asks[field]])
            key = torch.stack([k[word] for word in answers[field]])
            traces.append((field, attention(query, key, key, mask)))
    return sorted(traces, key=lambda pair: ("encoder_self", "decoder_self", "cross").index(pair[0]))
