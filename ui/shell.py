"""What stands around every page: styles, presenter mode."""

from __future__ import annotations

import streamlit as st

from charts.i18n import _
from ui import assets
from ui.inputs import switch
from ui.session import presenting

PRESENT = "present"


def frame() -> None:
    """Put the lab's styles and its name on the page; presenter mode adds styles of its own."""
    styles = assets.read("lab.css") + (assets.read("present.css") if presenting() else "")
    st.html(f"<style>{styles}</style>")
    mode = "dark" if st.context.theme.type == "dark" else "light"
    st.logo(str(assets.FOLDER / f"logo-{mode}.svg"), size="large")


def present_switch() -> None:
    """The switch into presenter mode (`?present=1`)."""
    switch(
        _("Presenter mode"),
        key=PRESENT,
        help=_("Larger type, no prose, no sidebar. The Esc key ends it."),
    )
