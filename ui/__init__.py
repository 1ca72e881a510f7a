"""What pages share: the frame, live controls, plots, chips, loaders."""

from charts.i18n import LANGUAGES, _, current_language, ngettext
from ui.components import (
    choice,
    choices,
    copy_link,
    live_slider,
    live_text,
    plot,
    stepper,
    switch,
    tokens,
)
from ui.errors import Notice, guard, sentence
from ui.html import Fact, Row, escape, facts, note, table
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
from ui.shell import frame, present_switch
from ui.state import get, presenting, set_state
from ui.tokens import Token, plain, visible

__all__ = [
    "LANGUAGES",
    "Download",
    "Experiment",
    "Fact",
    "Notice",
    "Page",
    "Pitfall",
    "Row",
    "Scenario",
    "Source",
    "Token",
    "View",
    "_",
    "choice",
    "choices",
    "controls",
    "copy_link",
    "current_language",
    "escape",
    "facts",
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
    "render",
    "sentence",
    "set_state",
    "stepper",
    "switch",
    "table",
    "tokens",
    "view_key",
    "visible",
]
