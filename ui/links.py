"""Links from one page of the app to another, which opens in a given state."""

from __future__ import annotations

from importlib import import_module

import streamlit as st

from ui.page import State, enter


def link(label: str, topic: str, wanted: State, *, key: str) -> None:
    """Draw a button that opens another page in a state.

    Pages do not import each other. The state names the other page's controls as in its own
    examples; a name that it does not have raises an error at the click.

    Args:
        label: The button's label.
        topic: The page.
        wanted: The state in which it opens; what it does not mention has its default value.
        key: Name of the button.
    """

    def put() -> None:
        enter(import_module(f"pages.{topic}.page").page(), wanted)

    clicked = st.button(
        label, key=key, on_click=put, icon=":material/arrow_forward:", type="tertiary"
    )
    if clicked:
        st.switch_page(f"pages/{topic}/page.py")
