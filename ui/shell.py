"""What stands around every page: its styles and its name."""

from __future__ import annotations

import streamlit as st

from ui import assets
from ui.session import presenting


def frame() -> None:
    """Put the lab's styles and its name on the page; presenter mode adds styles of its own."""
    styles = assets.read("lab.css") + (assets.read("present.css") if presenting() else "")
    st.html(f"<style>{styles}</style>")
    mode = "dark" if st.context.theme.type == "dark" else "light"
    st.logo(str(assets.FOLDER / f"logo-{mode}.svg"), size="large")
