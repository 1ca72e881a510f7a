"""The app's styles and logo, which every page includes."""

from __future__ import annotations

import streamlit as st

from ui import assets
from ui.session import presenting


def frame() -> None:
    """Add the app's styles and logo to the page, and further styles in presenter mode."""
    mode = "dark" if st.context.theme.type == "dark" else "light"
    names = ["lab.css", "room.css"] + (["present.css"] if presenting() else [])
    names += ["dark.css"] if mode == "dark" else []
    st.html(f"<style>{''.join(assets.read(name) for name in names)}</style>")
    st.logo(str(assets.FOLDER / f"logo-{mode}.svg"), size="large")
