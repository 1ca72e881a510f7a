"""The frame of the pages that have not moved to `ui.layout` yet.

The frame of every page: the seven parts of the anatomy, in one order, drawn in one place.

A page describes itself (`Page`) and hands over functions that draw; the frame decides what is
shown when (presenter mode leaves the prose out), wraps each part in an error boundary and a
fragment, and skips what nobody has opened.
"""

from __future__ import annotations

import inspect
from typing import Any

import streamlit as st

from charts.i18n import _
from ui.errors import guard
from ui.fast_path import draw_view, with_session
from ui.html import note
from ui.inputs import choice
from ui.layout import draw_presenter
from ui.outputs import copy_link
from ui.page import Draw, Page, View, view_key
from ui.session import presenting, set_state
from ui.status import reserve_status


def render(page: Page) -> None:
    """Draw `page`. The last line of every page file."""
    st.title(page.title, anchor=False)
    if not presenting():
        st.markdown(page.summary)
    _scenarios(page)
    view = _chosen_view(page)

    def show() -> None:
        reserve_status()
        with guard():
            view.draw()

    @st.fragment
    def main() -> None:
        draw_view(view_key(page.topic), show)

    main()
    if presenting():
        draw_presenter(page)
        return
    _experiments(page)
    _sources(page)
    _pitfalls(page)
    _take_away(page)


def _scenarios(page: Page) -> None:
    if not page.scenarios:
        return
    with st.container(key=f"{page.topic}_scenarios", horizontal=True, gap="small"):
        for i, scenario in enumerate(page.scenarios):
            st.button(
                scenario.label,
                key=f"{page.topic}_scenario_{i}",
                help=scenario.help or None,
                on_click=set_state,
                args=(scenario.state,),
            )


def _chosen_view(page: Page) -> View:
    if len(page.views) == 1:
        return page.views[0]
    by_name = {view.name: view for view in page.views}
    options = {view.name: view.label for view in page.views}
    return by_name[choice(_("View"), options, key=view_key(page.topic), hide_label=True)]


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
                on_click=set_state,
                args=(experiment.state,),
                icon=":material/play_arrow:",
                type="tertiary",
            )
            st.markdown(experiment.look)


def _sources(page: Page) -> None:
    if not page.sources:
        return
    key = f"{page.topic}_sources"
    box = st.expander(_("How it is computed"), key=key, on_change="rerun", icon=":material/code:")
    if not box.open:
        return
    with box, guard():
        names = [source.thing.__name__ for source in page.sources]
        picked = st.selectbox(_("Function"), names, key=f"{key}_function")
        source = page.sources[names.index(picked)]
        if source.paper:
            note(source.paper)
        st.code(inspect.getsource(source.thing), language="python")
        note(_("From {module}: this is the code that ran.").format(module=source.thing.__module__))


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


def _in_fragment(name: str, draw: Draw) -> None:
    def show() -> None:
        with guard():
            draw()

    @st.fragment
    def part() -> None:
        draw_view(name, show)

    part()


def _take_away(page: Page) -> None:
    st.subheader(_("Take it away"), anchor=False)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for i, download in enumerate(page.downloads):
            st.download_button(
                download.label,
                data=with_session(download.make),
                file_name=download.filename,
                mime="text/csv",
                key=f"{page.topic}_download_{i}",
                on_click="ignore",
                icon=":material/download:",
            )
        copy_link(f"{page.topic}_link")
    note(_("PNG, SVG and a stand-alone HTML page: the three words under each figure."))


def controls(count: int) -> list[Any]:
    """Columns for at most six controls, side by side on a wide screen, stacked on a phone."""
    return st.columns(count, gap="medium")


def more(label: str = "") -> Any:
    """The popover in which controls beyond the first six live."""
    return st.popover(label or _("More controls"), icon=":material/tune:")
