"""Logit Lab: `streamlit run app.py` (or `make run`).

Streamlit runs this file as a script for every visitor, which calls `main`. At startup it also
imports the file to find the server `app`, which adds middleware and routes for the app's own files.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from functools import cache
from importlib import import_module

# Set before torch is imported: waiting threads must not spin on cores that other visitors need.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import streamlit as st
from starlette.middleware import Middleware

import ui
from charts.i18n import speaking, translated
from ui import N_, assets, health, lectures
from ui.about import about
from ui.document import Document, Words
from ui.errors import without_visitor_warnings
from ui.fast_path.server import FastPath
from ui.i18n import LANGUAGE
from ui.metrics import metrics
from ui.moved import Moved
from ui.rooms.drawing import room
from ui.rooms.protocol import Topic
from ui.rooms.server import Rooms
from ui.rooms.topics import topic_of
from ui.same_origin import SameOrigin
from ui.session import PRESENT

#: Name of the page that is served at "/".
HOME = "home"


# fmt: off
#: All pages by section of the navigation: topic, title, icon.
SECTIONS = {
    N_("Overview"): (
        ("home", N_("The map"), "map"),
    ),
    N_("Information"): (
        ("entropy", N_("Entropy and KL"), "scale"),
        ("language_model", N_("Language model"), "link"),
        ("ngrams", N_("N-grams"), "linear_scale"),
        ("coding", N_("Coding and channels"), "settings_input_antenna"),
    ),
    N_("Tokens"): (
        ("tokenizers", N_("Tokenizer merge stepper"), "call_merge"),
    ),
    N_("Transformer"): (
        ("attention", N_("Attention"), "grid_on"),
        ("flash_attention", N_("FlashAttention"), "bolt"),
        ("architectures", N_("Architectures and the KV cache"), "account_tree"),
        ("positions", N_("RoPE and positions"), "rotate_right"),
        ("normalization", N_("Normalization"), "equalizer"),
        ("activations", N_("Activations and the FFN"), "show_chart"),
        ("moe", N_("MoE routing"), "alt_route"),
        ("shapes", N_("Shapes and sizes"), "schema"),
    ),
    N_("Training"): (
        ("objectives", N_("Training objectives"), "target"),
        ("optimizers", N_("Optimizers"), "downhill_skiing"),
        ("scaling", N_("Scaling and emergence"), "trending_up"),
    ),
    N_("Decoding"): (
        ("sampling", N_("Sampling sandbox"), "casino"),
        ("long_text", N_("Long text"), "menu_book"),
    ),
}
# fmt: on
PATHS = {
    "/" if topic == HOME else f"/{topic}": topic
    for section in SECTIONS.values()
    for topic, _title, _icon in section
}


def pages() -> dict[str, list[st.Page]]:
    """Return all pages by section of the navigation."""

    def page(topic: str, title: str, icon: str) -> st.Page:
        return st.Page(
            f"pages/{topic}/page.py",
            title=translated(title),
            icon=f":material/{icon}:",
            url_path=topic,
            default=topic == HOME,
        )

    return {
        translated(name): [page(*entry) for entry in section] for name, section in SECTIONS.items()
    }


@cache
def describe(topic: str, language: str) -> Words:
    """Return a page's title and summary, for the document with which it starts."""
    with speaking(language), without_visitor_warnings():
        page = import_module(f"pages.{topic}.page").page()
        return Words(page.title, page.summary)


def main() -> None:
    """Draw the frame and run the current page."""
    icon = str(assets.FOLDER / "icon.svg")  # A ":material/" icon needs another server.
    st.set_page_config(page_title="Logit Lab", page_icon=icon, layout="wide")
    navigation = st.navigation(pages(), expanded=True)
    notes = lectures.notes_of()
    with ui.guard():
        if not notes:
            lectures.follow(PATHS[f"/{navigation.url_path}"])
    ui.frame()
    with st.sidebar:
        LANGUAGE.draw()
        PRESENT.draw()
        lectures.draw_list()
        room()
        about()
    if notes:
        with ui.guard():
            lectures.draw_notes(notes)
        return
    with ui.guard():
        navigation.run()


@cache
def _sampling_parameters() -> frozenset[str]:
    """Return the parameters of the sampling sandbox, which was at "/" up to version 0.5."""
    with without_visitor_warnings():
        page = import_module("pages.sampling.page").page()
        return frozenset(control.key for control in page.all_controls())


@cache
def _topic(name: str) -> Topic:
    with speaking("en"), without_visitor_warnings():
        return topic_of(import_module(f"pages.{name}.page").page())


def find_topic(path: str) -> Topic | None:
    """Return what a room knows of the page at a path; None if there is no such page."""
    name = PATHS.get(path)
    return _topic(name) if name else None


@asynccontextmanager
async def _lifespan(_app: st.App):
    from ui.models import warm_up

    warm_up()
    yield {}


if __name__ == "__main__":
    main()
else:
    # Until the first call of `st.navigation`, Streamlit takes a folder named `pages` for its older
    # kind of multipage app, in which a deep link before the first visit finds no page.
    with without_visitor_warnings():
        st.navigation([st.Page(main)])
    app = st.App(
        __file__,
        routes=[
            *health.routes(),
            *metrics.routes(),
            *assets.routes(HOME),
            *Rooms(find_topic).routes(),
        ],
        middleware=[
            Middleware(SameOrigin),
            Middleware(FastPath, observe=metrics.observer),
            Middleware(Moved, path="/sampling", parameters=_sampling_parameters),
            Middleware(assets.StreamlitFiles),
            Middleware(Document, paths=PATHS, describe=describe),
        ],
        lifespan=_lifespan,
    )
