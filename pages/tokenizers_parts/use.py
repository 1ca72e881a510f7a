"""Any text through the vocabulary that was just trained, unknown words included."""

from __future__ import annotations

from dataclasses import astuple

import streamlit as st

import ui
from charts.format import count
from core.tokenizers.walk import Walk, walk_training
from pages.tokenizers_parts import walking
from pages.tokenizers_parts.settings import Setup, setup, trained
from ui import _

TEXT = "hugs and bugs"


def draw() -> None:
    """Draw the view."""
    chosen = setup()
    vocab = trained(chosen).vocab
    text = walking.text_box(_("Any word or sentence"), TEXT, "tok_use")
    run = walked(astuple(chosen), text)
    unknown = sum(symbol.unknown for symbol in run.at(len(run.steps)))
    walking.draw(
        run,
        text,
        "tok_use",
        [
            ui.Fact(
                _("unknown"),
                count(unknown),
                _("outside the vocabulary of {n}").format(n=count(len(vocab))),
            ),
        ],
    )


@st.cache_resource(max_entries=96, show_spinner=False)
def walked(fields: tuple, text: str) -> Walk:
    """A text through the vocabulary of a setup, given by its fields."""
    chosen = Setup(*fields)
    spaces = "drop" if chosen.algorithm == "wordpiece" else chosen.spaces
    return walk_training(trained(chosen), text, spaces)
