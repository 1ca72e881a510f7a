"""What the browser says about a clicked mark is checked against the figure."""

import json
from typing import Any

import numpy as np
import pytest
import torch

from tests.pages import assert_whole, click, message, open_page, send_raw
from ui.marks import MOST_TEXT, mark_of
from ui.page import view_key

FIGURE = {
    "data": [
        {"type": "bar", "x": [0.5, 0.25], "y": [" Paris", " the"]},
        {"type": "heatmap", "z": np.zeros((3, 5), np.float32)},
        {"type": "scatter", "x": torch.arange(4), "y": np.array([1.0, 2.0])},
    ],
    "layout": {},
}


def test_a_mark_of_the_figure_is_kept() -> None:
    bar = {"curve": 0, "point": 1, "x": 0.25, "y": " the", "data": None}
    assert mark_of(bar, FIGURE) == bar
    cell = {"curve": 1, "point": [2, 4], "x": 4, "y": 2, "data": [3, "word"]}
    assert mark_of(cell, FIGURE) == cell
    dot = {"curve": 2, "point": 0, "x": 0, "y": 1.0}
    assert mark_of(dot, FIGURE) == {**dot, "data": None}


GOOD: dict[str, Any] = {"curve": 0, "point": 1, "x": 0.25, "y": " the", "data": None}
BAD: list[Any] = [
    None,
    [],
    "click",
    {},
    {"curve": 0},
    *({**GOOD, "curve": curve} for curve in (-1, 3, 10**40, 0.5, True, "0", None)),
    *(
        {**GOOD, "point": p}
        for p in (-1, 1.5, True, "1", None, [1], [1, -1], [1, 2, 3], {}, 10**30)
    ),
    *(
        {**GOOD, "x": x}
        for x in (None, "0.25", True, float("nan"), float("inf"), 1e300, [], 10**400)
    ),
    *({**GOOD, "y": y} for y in (None, 3, True, [" the"], "x" * (MOST_TEXT + 1))),
    *({**GOOD, "data": d} for d in ({}, [[1]], [None] * 65, 10**400, "x" * (MOST_TEXT + 1))),
]


@pytest.mark.parametrize("raw", BAD, ids=lambda raw: str(raw)[:60])
def test_anything_else_is_ignored(raw: Any) -> None:
    assert mark_of(raw, FIGURE) is None


@pytest.mark.parametrize(
    ("topic", "view", "key"),
    [("language_model", "chain", "lm_surprise"), ("attention", "heads", "att_heat")],
)
def test_absurd_clicks_leave_the_page_as_it_was(topic: str, view: str, key: str) -> None:
    at = open_page(topic, query={view_key(topic): view})
    before = message(at, key)["alt"]
    for raw in ({}, {"curve": 0}, {"x": None, "y": "absurd"}, {**GOOD, "x": 1e300}, [], 7):
        click(at, key, raw)
        assert_whole(at)
        assert message(at, key)["alt"] == before


@pytest.mark.parametrize("number", [-1, 2**53, 10**40, 1.5, True, None, "1"])
def test_absurd_sequence_numbers_are_ignored(number: Any) -> None:
    at = open_page("sampling")
    before = message(at, "T")
    send_raw(at, "T", json.dumps({"value": [1.7, number]}))
    assert message(at, "T")["value"] == before["value"]
    assert message(at, "T")["seq"] == before["seq"]
