"""Logit Lab: `streamlit run app.py` (or `make run`).

Streamlit runs this file as a script for every visitor, which calls `main`. At startup it also
imports the file to find the server `app`, which adds middleware and routes for the app's own files.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager

# Set before torch is imported: waiting threads must not spin on cores that other visitors need.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import streamlit as st
from starlette.middleware import Middleware

import ui
from ui import _, assets
from ui.about import about
from ui.errors import without_visitor_warnings
from ui.fast_path.server import FastPath
from ui.i18n import LANGUAGE
from ui.preload import PreloadLinks
from ui.same_origin import SameOrigin
from ui.session import PRESENT

#: Name of the page that is served at "/".
HOME = "sampling"


def pages() -> dict[str, list[st.Page]]:
    """Return all pages by section of the navigation."""

    def page(name: str, title: str, icon: str) -> st.Page:
        return st.Page(
            f"pages/{name}/page.py",
            title=title,
            icon=f":material/{icon}:",
            url_path=name,
            default=name == HOME,
        )

    return {
        _("Information"): [
            page("entropy", _("Entropy and KL"), "scale"),
            page("language_model", _("Language model"), "link"),
        ],
        _("Tokens"): [
            page("tokenizers", _("Tokenizer merge stepper"), "call_merge"),
        ],
        _("Transformer"): [
            page("attention", _("Attention"), "grid_on"),
            page("positions", _("RoPE and positions"), "rotate_right"),
            page("activations", _("Activations and the FFN"), "show_chart"),
            page("moe", _("MoE routing"), "alt_route"),
        ],
        _("Decoding"): [
            page("sampling", _("Sampling sandbox"), "casino"),
        ],
    }


def main() -> None:
    """Draw the frame and run the current page."""
    icon = str(assets.FOLDER / "icon.svg")  # A ":material/" icon needs another server.
    st.set_page_config(page_title="Logit Lab", page_icon=icon, layout="wide")
    navigation = st.navigation(pages(), expanded=True)
    ui.frame()
    with st.sidebar:
        LANGUAGE.draw()
        PRESENT.draw()
        about()
    with ui.guard():
        navigation.run()


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
        routes=assets.routes(HOME),
        middleware=[Middleware(SameOrigin), Middleware(FastPath), Middleware(PreloadLinks)],
        lifespan=_lifespan,
    )
