"""What pages share: the frame, live controls, plots, chips, loaders."""

from charts.i18n import LANGUAGES, N_, _, current_language, ngettext
from ui.chips import Token, plain, readable, visible
from ui.controls import (
    LONGEST_TEXT,
    Bars,
    Choice,
    Choices,
    Control,
    IntSlider,
    Series,
    Slider,
    Stepper,
    Switch,
    Text,
    bars_text,
)
from ui.editors import drag_bars, wall
from ui.errors import Notice, guard, sentence
from ui.fast_path import full_detail
from ui.fast_path import full_detail as at_rest
from ui.html import Fact, Row, escape, facts, formula, note, table
from ui.inputs import choice, choices, live_slider, live_text, stepper, switch
from ui.layout import figure, second_figure
from ui.legacy import controls, more
from ui.outputs import copy_link, plot, tokens
from ui.page import (
    Download,
    Experiment,
    More,
    Page,
    Pitfall,
    Scenario,
    Source,
    State,
    Table,
    View,
    state,
    view_key,
)
from ui.runs import Run, run_controls, run_of, ticker
from ui.session import get, presenting, set_state
from ui.shell import frame, present_switch


def render(page: Page) -> None:
    """Draw `page`. The last line of every page's script."""
    from ui import layout, legacy

    (legacy.render if page.controls is None else layout.render)(page)


__all__ = [
    "LANGUAGES",
    "LONGEST_TEXT",
    "N_",
    "Bars",
    "Choice",
    "Choices",
    "Control",
    "Download",
    "Experiment",
    "Fact",
    "IntSlider",
    "More",
    "Notice",
    "Page",
    "Pitfall",
    "Row",
    "Run",
    "Scenario",
    "Series",
    "Slider",
    "Source",
    "State",
    "Stepper",
    "Switch",
    "Table",
    "Text",
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
    "figure",
    "formula",
    "frame",
    "full_detail",
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
    "second_figure",
    "sentence",
    "set_state",
    "state",
    "stepper",
    "switch",
    "table",
    "ticker",
    "tokens",
    "view_key",
    "visible",
    "wall",
]
