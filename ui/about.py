"""The About box: the version, the models with their size and license, and where code runs."""

from __future__ import annotations

import streamlit as st

from charts.i18n import _

VERSION = "0.6.0"  # Also in pyproject.toml and CHANGELOG.md; a test compares them.


def about() -> None:
    """Draw the sidebar button that opens the About box."""
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
                "The models and all computations run on the server; your browser only draws the "
                "results. Nothing is loaded from or sent to any other machine."
            )
        )
