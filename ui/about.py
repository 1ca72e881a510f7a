"""What this app is: its version, the models with size and license, and what runs where."""

from __future__ import annotations

import streamlit as st

from charts.i18n import _

VERSION = "0.2.0"  # as in pyproject.toml and CHANGELOG.md; a test compares them


def about() -> None:
    """Draw the button that opens the About box. For the sidebar."""
    with st.popover(_("About"), icon=":material/info:"):
        st.markdown(f"**Logit Lab {VERSION}** · Apache-2.0")
        st.markdown(
            _(
                "Models: SmolLM2-135M-Instruct by Hugging Face (134.5 million parameters, "
                "98 MB file, Apache-2.0) and all-MiniLM-L6-v2 by sentence-transformers (22.7 "
                "million parameters, 80 MB package, Apache-2.0)."
            )
        )
        st.markdown(
            _(
                "Models and computations run on the server; your browser only draws. Nothing is "
                "loaded from or sent to any other machine."
            )
        )
