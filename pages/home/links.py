"""Links from each station to its page, which opens with the visitor's sentence."""

from __future__ import annotations

import streamlit as st

import ui
from pages.home import controls
from ui import _

Link = tuple[str, str, ui.State]


def stations() -> list[Link]:
    """Return label, topic and state of the links along the line."""
    text, layer = controls.text.value, controls.layer.value
    settings = {"temperature": controls.temperature.value, "top_p": 1.0}
    seeded = settings | {"seed": controls.seed.value}
    head = controls.head.value
    return [
        (_("Tokens"), "tokenizers", ui.state("real", text={"real": text})),
        (_("Vectors"), "normalization", ui.state("model", text=text)),
        (_("Positions"), "positions", ui.state("model", text=text)),
        (
            _("Attention"),
            "attention",
            ui.state("heads", real_text=text, layer=layer, real_head=head),
        ),
        (_("FFN"), "activations", ui.state("model", text=text, layer=layer)),
        (_("Logits"), "sampling", ui.state("distribution", prompt=text, settings=settings)),
        (_("Choice"), "sampling", ui.state("draw", prompt=text, settings=seeded)),
        (_("Longer text"), "sampling", ui.state("write", prompt=text, settings=seeded)),
    ]


def training() -> list[Link]:
    """Return the links on training."""
    return [
        (_("Objectives"), "objectives", ui.state()),
        (_("Optimizers"), "optimizers", ui.state()),
        (_("Scaling"), "scaling", ui.state()),
        (_("Normalization in training"), "normalization", ui.state("training")),
        (_("Mixture of experts"), "moe", ui.state("learned")),
    ]


def information() -> list[Link]:
    """Return the links on information theory."""
    text = controls.text.value
    return [
        (_("Entropy"), "entropy", ui.state("compare", source="model", prompt_p=text)),
        (_("Surprisal"), "language_model", ui.state("chain", text=text)),
        (_("N-grams"), "ngrams", ui.state("next", context=text)),
        (_("Codes"), "coding", ui.state("huffman", source="model", prompt=text)),
    ]


def draw() -> None:
    """Draw the three rows of links."""
    rows = {
        "line": (_("Take the sentence along to the page of a station:"), stations()),
        "training": (_("How the weights are trained:"), training()),
        "information": (
            _("How the probabilities are measured, by information theory:"),
            information(),
        ),
    }
    for name, (title, found) in rows.items():
        ui.note(title, keep=True)
        with st.container(horizontal=True, gap="small", key=f"home_{name}"):
            for i, (label, topic, state) in enumerate(found):
                ui.link(label, topic, state, key=f"home_{name}_{i}")
