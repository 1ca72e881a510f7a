"""The controls that all views share: source, prompt or table, four sliders, the popover."""

from __future__ import annotations

import streamlit as st

import ui
from core.sampling import LIMITS, SamplingParams, complete_order
from pages.sampling_parts import request, settings
from pages.sampling_parts.now import now
from pages.sampling_parts.settings import ALL, FREE, most, start
from pages.sampling_parts.source import Source, model_source, no_model, table_source
from pages.sampling_parts.table_editor import table_editor
from ui import _


def source_and_settings(
    *, sliders: bool = True, mark: str = ""
) -> tuple[Source | None, SamplingParams]:
    """Draw the shared controls; the source (None: nothing to draw from) and all settings."""
    left, middle, right, last = st.columns([1.2, 3.1, 1.15, 0.95], vertical_alignment="bottom")
    with left:
        kind = ui.choice(
            _("Logits from"),
            {"model": _("the model"), "table": _("a table")},
            key="source",
            help=_("The language model on your prompt, or tokens and probabilities of your own."),
        )
    with right:
        _more(kind)
    with last:
        _request()
    with middle:
        source = _source(kind)
    if sliders:
        four_sliders(("T", "k", "p", "min_p"), mark)
    params = settings.params()
    held = now()
    held.source, held.params = source, params
    return source, params


def _source(kind: str) -> Source | None:
    if kind == "table":
        text = ui.live_text(
            _("Tokens and their probabilities"),
            settings.TABLE,
            key="table",
            placeholder=_("girl 0.66, shoes 0.2, elephant 0.1"),
        )
        return table_source(text, settings.text("written"))
    prompt = ui.live_text(_("Prompt"), settings.PROMPT, key="prompt")
    try:
        source, cut = model_source(prompt)
    except ui.Notice as problem:
        ui.sentence(no_model(problem))
        return table_source(settings.TABLE)
    if cut:
        ui.note(cut)
    return source


def four_sliders(keys: tuple[str, str, str, str], mark: str = "") -> None:
    """Temperature, top-k, top-p and min-p side by side; `mark` says whose they are."""
    greedy, off, whole = {0.0: _("greedy")}, {0.0: _("off")}, {1.0: _("off")}
    # One flexible row: four columns would be five messages more with every step of a drag.
    with st.container(horizontal=True, gap="medium"):
        tip = _("Divides the logits. Below 1 sharpens, above 1 flattens, 0 is greedy.")
        slider(keys[0], mark + _("Temperature"), 0.01, words=greedy, help=tip)
        tip = _("Keeps the k most likely tokens.")
        slider(keys[1], mark + _("Top-k"), 1, words=off, help=tip, scale="log")
        tip = _("Keeps the smallest set of likely tokens whose probability reaches p.")
        slider(keys[2], mark + _("Top-p"), 0.01, words=whole, help=tip)
        tip = _("Keeps what is at least p times as likely as the most likely token.")
        slider(keys[3], mark + _("Min-p"), 0.01, words=off, help=tip)


def slider(
    key: str,
    label: str,
    step: float,
    *,
    help: str = "",  # noqa: A002 - the frame's name for it
    scale: str = "linear",
    words: dict[float, str] | None = None,
) -> float:
    """A setting as a live slider, between the bounds of this page."""
    low = LIMITS[ALL[key]].low
    return ui.live_slider(
        label, low, most(key), start(key), step, key=key, help=help, scale=scale, words=words
    )


def _more(kind: str) -> None:
    box = st.popover(
        _("More controls"),
        icon=":material/tune:",
        key="sampling_more",
        on_change="rerun",
        width="stretch",
    )
    if box.open:
        with box:
            _hidden_settings(kind)


def _request() -> None:
    paper = st.popover(
        _("Request"), icon=":material/data_object:", key="sampling_request", on_change="rerun",
        width="stretch",
    )  # fmt: skip
    if paper.open:
        with paper:
            request.draw()


def _hidden_settings(kind: str) -> None:
    off, all_off = {0.0: _("off")}, {1.0: _("off")}
    _order()
    left, right = st.columns(2, gap="medium")
    with left:
        tip = _("Keeps the tokens whose surprisal is nearest to the entropy.")
        slider("typical", _("Typical-p"), 0.01, words=all_off, help=tip)
        tip = _("Keeps logits within n standard deviations of the largest.")
        slider("nsigma", _("Top-nσ"), 0.1, words=off, help=tip, scale="log")
        tip = _("Keeps probabilities from epsilon up.")
        slider("eps", _("Epsilon"), 0.001, words=off, help=tip)
        slider("seed", _("Seed"), 1, help=_("Same seed, same draws."))
        slider("max_tokens", _("Max tokens"), 1, help=_("How many tokens to write at most."))
        slider("beams", _("Beams"), 1, help=_("Beams kept side by side in the view “Beams”."))
    with right:
        tip = _("Tokens already there: positive logits divided, negative multiplied.")
        slider("rep", _("Repetition penalty"), 0.01, words=all_off, help=tip)
        tip = _("Subtracted from the logit for each earlier occurrence.")
        slider("freq", _("Frequency penalty"), 0.01, words=off, help=tip)
        tip = _("Subtracted once from the logit of a token that is already there.")
        slider("pres", _("Presence penalty"), 0.01, words=off, help=tip)
        tip = _("No run of n tokens may come twice.")
        slider("ngram", _("No-repeat n-gram"), 1, words=off, help=tip)
        if kind == "table":
            ui.live_text(
                _("Already written"),
                "",
                key="written",
                placeholder=_("tokens of the table, with commas"),
                note=_("What the penalties count."),
            )
        else:
            ui.note(_("The penalties count the tokens of the prompt and of what is written."))
    if kind == "table":
        table_editor()


def _order() -> None:
    name = ui.choice(
        _("Order of the filters"),
        settings.order_names(),
        key="order",
        value=settings.START_ORDER,
        menu=True,
        help=_("The same settings in another order can give another distribution."),
    )
    if name == FREE:
        ui.live_text(_("Stages in their order"), settings.FREE_START, key="stages")
        try:
            done = complete_order(settings.free_stages())
        except ValueError as error:
            ui.sentence(str(error))
            ui.note(_("Until it can be read, the usual order runs."))
            return
    else:
        done = settings.order()
    ui.note(" → ".join(settings.stage_name(stage) for stage in done))
