"""A test page with every element of the frame, so that its tests do not depend on other pages."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import streamlit as st
from starlette.middleware import Middleware

import ui
from charts.theme import axis, escape, figure
from ui import assets
from ui.fast_path.server import FastPath
from ui.i18n import LANGUAGE
from ui.session import PRESENT

POINTS = 50


def clicked(mark: dict) -> None:
    """Store the bar that was clicked."""
    st.session_state["clicked"] = mark


def chosen(index: int) -> None:
    """Store the chip that was clicked."""
    st.session_state["chip"] = index


def picked(index: int) -> None:
    """Store the button of the popover that was clicked."""
    st.session_state["picked"] = index


CONTROLS = SimpleNamespace(
    x=ui.Slider("x", "Factor", 0, 5, 1.0, 0.01, help="A factor."),
    n=ui.IntSlider("n", "Count", 0, 49152, 50, scale="log", words={0: "off"}),
    words=ui.Text("words", "Words", "the cat"),
    kind=ui.Choice("kind", "Kind", {"a": "First", "b": "Second", "c": "Third"}),
    broken=ui.Switch("broken", "Broken"),
    step=ui.Stepper("step", "Steps"),
    aside=ui.Text("aside", "Aside"),
)


def curve() -> None:
    """Draw a line that follows a slider, and bars labeled with the typed text."""
    x, n, words, kind = (
        control.value for control in (CONTROLS.x, CONTROLS.n, CONTROLS.words, CONTROLS.kind)
    )
    if CONTROLS.broken.value:
        raise RuntimeError(f"lost with {words}")
    position = np.arange(POINTS, dtype=np.float32)
    ui.plot(
        figure(
            {"type": "scatter", "x": position, "y": x * position, "line": {"color": "@p"}},
            xaxis=axis("position"),
            yaxis=axis("value", range=[0, 250]),
        ),
        key="line",
        alt=f"A line from 0 to {x * (POINTS - 1):.1f}",
        height=300,
    )
    ui.formula(rf"\frac{{y}}{{x_1}} = {x:.2f}")
    pieces = words.split(" ")[:7]
    ui.plot(
        figure(
            {
                "type": "bar",
                "x": list(range(len(pieces))),
                "y": [len(piece) + 1 for piece in pieces],
                "hovertext": [escape(piece) for piece in pieces],
                "hovertemplate": "%{hovertext}<extra></extra>",
            },
            xaxis=axis(
                "word",
                tickvals=list(range(len(pieces))),
                ticktext=[escape(piece) for piece in pieces],
                fixedrange=True,
            ),
            yaxis=axis("letters", fixedrange=True),
        ),
        key="bars",
        alt="Bars",
        height=260,
        on_click=clicked,
    )
    ui.tokens(
        [ui.Token(piece, title=f"piece {i}") for i, piece in enumerate(pieces)],
        key="strip",
        label="The words",
        selected=st.session_state.get("chip"),
        detail=ui.Detail(["first", "second"], ["a", "b"], picked)
        if st.session_state.get("chip") == 0
        else None,
        on_click=chosen,
    )
    mark = st.session_state.get("clicked") or {}
    ui.facts(
        [
            ui.Fact("factor", f"{x:.2f}"),
            ui.Fact("count", str(n)),
            ui.Fact("kind", kind),
            ui.Fact("clicked bar", str(mark.get("point", "none"))),
            ui.Fact("clicked chip", str(st.session_state.get("chip", "none"))),
            ui.Fact("picked", str(st.session_state.get("picked", "none"))),
        ]
    )


def steps() -> None:
    """Draw a stepper next to a text box, to test which of them receives the arrow keys."""
    step = CONTROLS.step.draw(7)
    ui.facts([ui.Fact("step", str(step))])


PAGE = ui.Page(
    "frame",
    "Frame",
    "A page of the tests.",
    [
        ui.View(
            "curve",
            "Curve",
            curve,
            (CONTROLS.x, CONTROLS.n, CONTROLS.words, CONTROLS.kind, CONTROLS.broken),
        ),
        ui.View("steps", "Steps", steps, (CONTROLS.aside,)),
    ],
    CONTROLS,
    scenarios=[
        ui.Scenario("double", ui.state("curve", x=2.0)),
        ui.Scenario("break", ui.state("curve", broken=True)),
    ],
    experiments=[
        ui.Experiment(f"Try {i}", "Look.", ui.state("curve", x=float(i))) for i in range(3)
    ],
    downloads=[
        ui.Download("Table", "table.csv", lambda: (["x"], [[CONTROLS.x.value]])),
        ui.Download("Fixed table", "fixed.csv", lambda: (["a", "b"], [[1, "=2"]])),
    ],
)


def main() -> None:
    """Draw the page in the frame."""
    st.set_page_config(page_title="Frame", layout="wide", page_icon=str(assets.FOLDER / "icon.svg"))
    ui.frame()
    with st.sidebar:
        LANGUAGE.draw()
        PRESENT.draw()
    with ui.guard():
        ui.render(PAGE)


if __name__ == "__main__":
    main()
else:
    app = st.App(__file__, routes=assets.routes("frame"), middleware=[Middleware(FastPath)])
