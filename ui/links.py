"""Links from one page of the app to another, which opens in a given state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import import_module
from pathlib import Path

import streamlit as st

from charts.i18n import _, current_language
from ui.controls import Text
from ui.html import note
from ui.page import More, Page, State, View, enter, values_in
from ui.session import presenting

PAGES = Path(__file__).resolve().parent.parent / "pages"


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
    clicked = st.button(
        label,
        key=key,
        on_click=lambda: enter(_described(topic), wanted),
        icon=":material/arrow_forward:",
        type="tertiary",
    )
    if clicked:
        st.switch_page(f"pages/{topic}/page.py")


def sentence_links(page: Page, view: View) -> None:
    """Draw links that open other pages with the sentence of the view's text box, if it has one."""
    box_of = sentence_box(page, view)
    if box_of is None or presenting():
        return
    section = st.expander(
        _("Take this text along"),
        key=f"ll_{page.topic}_{view.name}_along",
        on_change="rerun",
        icon=":material/forward:",
    )
    if not section.open:
        return
    with section, st.container(horizontal=True, gap="small"):
        if not box_of.value.strip():
            note(_("The text is empty: enter one first."), keep=True)
            return
        for topic, (title, with_sentence) in _takers(current_language()).items():
            if topic != page.topic:
                state = with_sentence(box_of.value)
                link(title, topic, state, key=f"{page.topic}_{view.name}_to_{topic}")


def sentence_box(page: Page, view: View) -> Text | None:
    """Return the visible text box of a view that holds a sentence; see `Page.sentences`."""
    if page.topic not in _keys:
        _keys[page.topic] = frozenset(_keys_of(page))
    keys = _keys[page.topic]
    rail = [part for item in view.controls for part in _parts(item)]
    boxes = [box for box in rail if isinstance(box, Text) and box.key in keys]
    return next((box for box in boxes if box.when is None or box.when()), None)


#: Keys of the text boxes that hold a sentence, by topic: declarations do not change.
_keys: dict[str, frozenset[str]] = {}


def _keys_of(page: Page) -> Iterator[str]:
    probe = "\N{OBJECT REPLACEMENT CHARACTER}"
    for with_sentence in page.sentences:
        for key, value in values_in(page, with_sentence(probe)).items():
            if value == probe:
                yield key


def _parts(item: object) -> list[object]:
    return list(item.controls) if isinstance(item, More) else [item]


def _described(topic: str) -> Page:
    return import_module(f"pages.{topic}.page").page()


@lru_cache(maxsize=8)
def _takers(_language: str) -> dict[str, tuple[str, Callable[[str], State]]]:
    """Return the title and the first sentence's state of every page that takes one, by topic."""
    topics = sorted(path.parent.name for path in PAGES.glob("*/page.py"))
    pages = {topic: _described(topic) for topic in topics}
    taking = {t: (page.title, page.sentences[0]) for t, page in pages.items() if page.sentences}
    return dict(sorted(taking.items(), key=lambda entry: entry[1][0].casefold()))
