"""A text through the vocabulary that was just trained, unknown words included."""

from __future__ import annotations

import streamlit as st

import ui
from charts.format import count
from core.tokenizers.walk import Walk, walk_training
from pages.tokenizers import controls, stepping
from pages.tokenizers.setups import Setup, trained
from pages.tokenizers.training import setup
from ui import _


def walk() -> Walk:
    """Return the walk of the visitor's text."""
    return _walk(setup(), controls.text["use"].value)


@st.cache_resource(max_entries=96, show_spinner=False)
def _walk(chosen: Setup, text: str) -> Walk:
    return walk_training(trained(chosen), text, chosen.spaces)


def draw() -> None:
    """Draw the text merge by merge, or the encoding of one of its words."""
    run = walk()
    unknown = count(sum(symbol.unknown for symbol in run.at(len(run.steps))))
    size = _("vocabulary size: {n}").format(n=count(len(trained(setup()).vocab)))
    fact = ui.Fact(_("unknown tokens"), unknown, size)
    stepping.draw(run, controls.text["use"].value, "use", fact)
