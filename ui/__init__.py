"""The interface that pages use: the frame, live controls, plots, token chips, model loading."""

from charts.i18n import LANGUAGES, N_, _, current_language, ngettext
from ui.bars import Bars, Series
from ui.chips import Detail, Token, plain, readable, visible
from ui.controls import (
    LONGEST_TEXT,
    Choice,
    Choices,
    Control,
    IntSlider,
    Slider,
    Stepper,
    Switch,
    Text,
)
from ui.errors import Notice, guard, sentence
from ui.fast_path import full_detail
from ui.heatmaps import wall
from ui.html import Fact, Row, escape, facts, formula, note, table
from ui.layout import figure, render, second_figure
from ui.links import link
from ui.model_card import model_card
from ui.outputs import copy_link, plot, tokens
from ui.page import (
    Download,
    Experiment,
    More,
    Page,
    Pitfall,
    Question,
    Scenario,
    Source,
    State,
    Table,
    View,
    state,
)
from ui.provenance import provenance
from ui.runs import Run, run_controls, run_of, ticker
from ui.session import open_view, presenting
from ui.shell import frame

__all__ = [
    "LANGUAGES",
    "LONGEST_TEXT",
    "N_",
    "Bars",
    "Choice",
    "Choices",
    "Control",
    "Detail",
    "Download",
    "Experiment",
    "Fact",
    "IntSlider",
    "More",
    "Notice",
    "Page",
    "Pitfall",
    "Question",
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
    "copy_link",
    "current_language",
    "escape",
    "facts",
    "figure",
    "formula",
    "frame",
    "full_detail",
    "guard",
    "link",
    "model_card",
    "ngettext",
    "note",
    "open_view",
    "plain",
    "plot",
    "presenting",
    "provenance",
    "readable",
    "render",
    "run_controls",
    "run_of",
    "second_figure",
    "sentence",
    "state",
    "table",
    "ticker",
    "tokens",
    "visible",
    "wall",
]
