"""The app's styles and logo, which every page includes."""

from __future__ import annotations

import streamlit as st

from ui import assets
from ui.session import presenting


def frame() -> None:
    """Add the app's styles and logo to the page, and further styles in presenter mode."""
    styles = assets.read("lab.css") + (assets.read("present.css") if presenting() else "")
    st.html(f"<style>{styles}</style>")
    mode = "dark" if st.context.theme.type == "dark" else "light"
    st.logo(str(assets.FOLDER / f"logo-{mode}.svg"), size="large")
