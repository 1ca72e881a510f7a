"""The layout that all pages share.

A page is a declaration (`ui.page`) with functions that draw its views. This module draws the tabs,
the examples, the rail of controls beside the figure, the key figures under it, and the prose below.
It wraps each section in an error boundary, skips collapsed sections, and sends the state to the
address bar.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from charts.i18n import _, current_language
from ui import lectures
from ui.controls import Choice, Choices, Control, Switch, said
from ui.errors import guard, guarded, show_trouble
from ui.export import download_bytes
from ui.fast_path import current_token, draw_view
from ui.html import emit, escape, note
from ui.i18n import LANGUAGE
from ui.links import sentence_links
from ui.live import show
from ui.outputs import copy_link
from ui.page import More, Page, Scenario, View, acts, choose, restore
from ui.questions import ask_next, draw_question
from ui.session import PRESENT, presenting
from ui.status import reserve_status

#: Containers of the view's main and second figure.
_places: ContextVar[tuple[DeltaGenerator, DeltaGenerator] | None] = ContextVar(
    "places of the view's figures", default=None
)


def render(page: Page) -> None:
    """Draw `page`. Every page's script ends with this call."""
    with st.container(key="ll_head"):
        st.title(page.title, anchor=False)
        st.markdown(page.summary)
        lectures.draw_bar()

    def show_stage() -> None:
        _stage(page)

    @st.fragment
    def stage() -> None:
        draw_view(page.view.key, show_stage)

    stage()
    if presenting():
        _presenter(page)
        return
    with st.container(key="ll_prose"):
        _experiments(page)
        _sources(page)
        _pitfalls(page)
        _export(page)


@contextmanager
def figure() -> Generator[None]:
    """Draw the elements of the `with` block as the view's main figure.

    The figure fits on the first screen, beside the rail of controls. On a phone it stays visible
    while the controls scroll underneath.
    """
    places = _places.get()
    with places[0] if places else nullcontext():
        yield


@contextmanager
def second_figure() -> Generator[None]:
    """Draw the `with` block next to the main figure; on a phone, after the controls."""
    places = _places.get()
    with places[1] if places else nullcontext():
        yield


def _stage(page: Page) -> None:
    """Draw everything that depends on the controls: tabs, examples, rail, figures, address bar."""
    page.view.draw()
    view = next(view for view in page.views if view.name == page.view.value)
    _examples(page)
    draw_question(page, view)
    _shown_note(page, view)
    with st.container(key="ll_stage"):
        with st.container(key="ll_rail"), guard():
            _rail(view)
            sentence_links(page, view)
        places = st.container(key="ll_figure"), st.container(key="ll_second")
        with places[0]:
            reserve_status()
        before = _places.set(places)
        try:
            with st.container(key="ll_rest"), guard():
                view.draw()
        finally:
            _places.reset(before)
    with guard():
        _address(page, view)


def _rail(view: View) -> None:
    for i, item in enumerate(view.controls):
        if isinstance(item, More):
            _more(item, f"{view.name}_more_{i}")
        else:
            _draw_item(item)


def _shown(item: Control[Any] | Callable[[], None]) -> bool:
    return not isinstance(item, Control) or item.when is None or item.when()


def _draw_item(item: Control[Any] | Callable[[], None]) -> None:
    if _shown(item):
        item.draw() if isinstance(item, Control) else item()


def _more(section: More, key: str) -> None:
    """Draw a section of further controls while it is open; nothing if all of them are hidden."""
    if not any(_shown(item) for item in section.controls):
        return
    label = said(section.label) or _("More controls")
    box = st.expander(label, key=f"ll_{key}", on_change="rerun", icon=":material/tune:")
    if box.open:
        with box:
            for item in section.controls:
                _draw_item(item)


def _examples(page: Page) -> None:
    asks = any(experiment.question for experiment in page.experiments)
    if not page.scenarios and not asks:
        return
    key = f"{page.topic}_examples"
    shown = page.shown_note.value
    items = [
        {"label": scenario.label, "help": scenario.help, "pressed": shown == f"s{i}"}
        for i, scenario in enumerate(page.scenarios)
    ]

    def picked() -> None:
        state = st.session_state.get(f"{key}·examples")
        index = state.get("pick") if state is not None else None
        if isinstance(index, int) and 0 <= index < len(page.scenarios):
            choose(page, page.scenarios[index])

    ask = {"label": _("Predict"), "help": _("Answer a question first, then see (P)")}
    message = {"label": _("Examples"), "items": items, "ask": ask if asks else None}
    show(
        "examples",
        "examples",
        key,
        message,
        on_pick_change=lambda: guarded(key, picked),
        on_ask_change=lambda: guarded(key, lambda: ask_next(page)),
    )
    show_trouble(key)


OPTIONS = (Choice, Choices, Switch)


def _shown_note(page: Page, view: View) -> None:
    """Draw the note of the example or experiment chosen last, while its view is open."""
    name = page.shown_note.value
    text = ""
    if name:
        chosen = page.scenarios if name[0] == "s" else page.experiments
        entry = chosen[int(name[1:])]
        asked = not isinstance(entry, Scenario) and entry.question is not None
        if entry.state.view in ("", view.name) and not asked:
            text = entry.help if isinstance(entry, Scenario) else entry.look
            text = f"<b>{escape(entry.label)}.</b> {escape(text)}" if text else ""
    # The element always exists, so that a note does not change the structure of the view.
    emit(f'<p class="ll-lesson"{"" if text else " hidden"}>{text}</p>')


def _address(page: Page, view: View) -> None:
    """Set the address bar, the title and the page's language according to the state."""
    key = f"{page.topic}_address"
    controls = [*page.all_controls(), LANGUAGE, PRESENT, *lectures.CONTROLS]
    parameters = {control.key: control.parameter for control in controls}

    def went_back() -> None:
        state = st.session_state.get(f"{key}·address")
        parameters = state.get("back") if state is not None else None
        if isinstance(parameters, dict):
            restore(page, {str(name): str(text) for name, text in parameters.items()})

    message = {
        "known": list(parameters),
        "parameters": {name: text for name, text in parameters.items() if text is not None},
        "live": current_token(),
        "view": view.name,
        "act": acts(page),
        # Choosing an option is a deliberate action, too; moving a slider is not.
        "chosen": [parameters[c.key] for c in page.all_controls() if isinstance(c, OPTIONS)],
        "title": f"{view.label} · {page.title} · Logit Lab",
        "lang": {"zh": "zh-Hans"}.get(current_language(), "en"),
    }
    show("address", "address", key, message, on_back_change=lambda: guarded(key, went_back))


def _presenter(page: Page) -> None:
    """Draw the toolbar of presenter mode."""
    lecture = lectures.current()
    words = {
        "previous": _("Previous stop (Page Up)") if lecture else _("Previous view (Page Up)"),
        "next": _("Next stop (Page Down)") if lecture else _("Next view (Page Down)"),
        "pages": _("Go to page"),
        "full": _("Full screen (F)"),
        "black": _("Black screen (B)"),
        "pointer": _("Laser pointer (L)"),
        "code": _("QR code of this state (Q)"),
        "exit": _("End presenting (Esc)"),
        "back": _("Press any key or click to continue"),
    }
    show("presenter", "presenter", f"{page.topic}_presenter", {"words": words, "name": page.title})


def _experiments(page: Page) -> None:
    if not page.experiments:
        return
    st.subheader(_("Try this"), anchor=False)
    columns = st.columns(len(page.experiments))
    for i, (column, experiment) in enumerate(zip(columns, page.experiments, strict=True)):
        with column.container(border=True, height="stretch"):
            st.button(
                experiment.label,
                key=f"{page.topic}_experiment_{i}",
                on_click=choose,
                args=(page, experiment),
                icon=":material/play_arrow:" if experiment.question is None else ":material/help:",
                type="tertiary",
            )
            asked = experiment.question
            st.markdown(asked.ask if asked else experiment.look)


def _sources(page: Page) -> None:
    if not page.sources:
        return
    key = f"{page.topic}_sources"
    box = st.expander(_("How it is computed"), key=key, on_change="rerun", icon=":material/code:")
    if not box.open:
        return
    with box, guard():
        names = [source.thing.__name__ for source in page.sources]
        selected = st.selectbox(_("Function"), names, key=f"{key}_function")
        source = page.sources[names.index(selected)]
        if source.paper:
            note(source.paper)
        st.code(inspect.getsource(source.thing), language="python")
        note(_("Source: {module}.").format(module=source.thing.__module__))


def _pitfalls(page: Page) -> None:
    for i, pitfall in enumerate(page.pitfalls):
        if i == 0:
            st.subheader(_("Pitfalls"), anchor=False)
        box = st.expander(pitfall.title, key=f"{page.topic}_pitfall_{i}", on_change="rerun")
        if box.open:
            with box:
                st.markdown(pitfall.text)
                if pitfall.draw is not None:
                    _in_fragment(f"{page.topic}_pitfall_{i}", pitfall.draw)


def _in_fragment(name: str, draw: Callable[[], None]) -> None:
    def guarded_draw() -> None:
        with guard():
            draw()

    @st.fragment
    def part() -> None:
        draw_view(name, guarded_draw)

    part()


def _export(page: Page) -> None:
    st.subheader(_("Export"), anchor=False)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for i, download in enumerate(page.downloads):
            st.download_button(
                download.label,
                data=download_bytes(download.make),
                file_name=download.filename,
                mime="text/csv",
                key=f"{page.topic}_download_{i}",
                on_click="ignore",
                icon=":material/download:",
            )
        copy_link(f"{page.topic}_link")
        lectures.draw_collector(page)
    note(_("For PNG, SVG or a stand-alone HTML page, use the buttons below each figure."))
