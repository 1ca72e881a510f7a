"""What pages share: the frame, live controls, plots, chips, loaders."""

from charts.i18n import LANGUAGES, _, current_language, ngettext
from ui.chips import Token, plain, readable, visible
from ui.editors import Series, bars_text, drag_bars, wall
from ui.errors import Notice, guard, sentence
from ui.fast import at_rest
from ui.html import Fact, Row, escape, facts, formula, note, table
from ui.inputs import LONGEST_TEXT, choice, choices, live_slider, live_text, stepper, switch
from ui.outputs import copy_link, plot, tokens
from ui.page import (
    Download,
    Experiment,
    Page,
    Pitfall,
    Scenario,
    Source,
    View,
    controls,
    more,
    render,
    view_key,
)
from ui.runs import Run, run_controls, run_of, ticker
from ui.shell import frame, present_switch
from ui.state import get, presenting, set_state

__all__ = [
    "LANGUAGES",
    "LONGEST_TEXT",
    "Download",
    "Experiment",
    "Fact",
    "Notice",
    "Page",
    "Pitfall",
    "Row",
    "Run",
    "Scenario",
    "Series",
    "Source",
    "Token",
    "View",
    "_",
    "at_rest",
    "bars_text",
    "choice",
    "choices",
    "controls",
    "copy_link",
    "current_language",
    "drag_bars",
    "escape",
    "facts",
    "formula",
    "frame",
    "get",
    "guard",
    "live_slider",
    "live_text",
    "more",
    "ngettext",
    "note",
    "plain",
    "plot",
    "present_switch",
    "presenting",
    "readable",
    "render",
    "run_controls",
    "run_of",
    "sentence",
    "set_state",
    "stepper",
    "switch",
    "table",
    "ticker",
    "tokens",
    "view_key",
    "visible",
    "wall",
]
