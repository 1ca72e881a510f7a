"""Tokenizers: how a vocabulary is learned, merge by merge, and what it makes of a text."""

from __future__ import annotations

import ui
from core.tokenizers import bpe
from pages.tokenizers_parts import train
from ui import _

ui.render(
    ui.Page(
        "tokenizers",
        _("Tokenizer merge stepper"),
        _("A model reads tokens, not letters."),
        views=[ui.View("train", _("Train"), train.draw)],
        sources=[ui.Source(bpe.train_bpe)],
    )
)
