"""The arithmetic and the limits of the benchmark, without its measurements."""

import asyncio

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import browser, sessions
from bench.figures import Figure, quantile, table
from tests.pages import registered


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30),
    st.floats(0, 1),
)
def test_quantile_matches_numpy(values: list[float], share: float) -> None:
    before = list(values)
    assert quantile(values, share) == pytest.approx(np.quantile(values, share), rel=1e-9, abs=1e-6)
    assert values == before


def test_quantile_of_an_empty_list_is_rejected() -> None:
    with pytest.raises(ValueError, match="at least one"):
        quantile([], 0.5)


@pytest.mark.parametrize(
    ("value", "bar", "sense", "held"),
    [
        (50.0, 50.0, "most", True),
        (50.1, 50.0, "most", False),
        (15.0, 15.0, "least", True),
        (14.9, 15.0, "least", False),
        (None, 50.0, "most", False),
        (7.0, None, "most", None),
    ],
)
def test_bars(value, bar, sense, held) -> None:
    assert Figure("g", "n", value, "ms", bar, sense).held is held


def test_table_is_aligned_and_marks_missed_limits() -> None:
    lines = table(
        [
            Figure("sampling", "T → painted", 41.26, "ms", 50),
            Figure("sampling", "updates", 7.0, "1/s", 15, "least"),
            Figure("server", "memory", None, "MB"),
        ]
    ).splitlines()
    assert lines[0].split() == ["sampling", "T", "→", "painted", "41.3", "ms", "≤", "50", "held"]
    assert lines[1].split() == ["updates", "7.0", "1/s", "≥", "15", "MISSED"]
    assert lines[2].split() == ["server", "memory", "—", "MB"]
    assert lines[0].index("41.3") + 4 == lines[1].index("7.0") + 3


def test_every_page_is_measured() -> None:
    paths = {place.path.partition("?")[0] for place in browser.places()}
    assert paths == {page.path for page in registered()}


@pytest.mark.parametrize(
    ("url", "visitors", "seconds", "what"),
    [
        ("http://example.org", 5, 5.0, "127.0.0.1"),
        ("http://127.0.0.1:1", 0, 5.0, "visitors"),
        ("http://127.0.0.1:1", 10_000, 5.0, "visitors"),
        ("http://127.0.0.1:1", 5, 1e9, "seconds"),
    ],
)
def test_arguments_out_of_bounds_are_rejected(
    url: str, visitors: int, seconds: float, what: str
) -> None:
    with pytest.raises(ValueError, match=what):
        asyncio.run(sessions.crowd(url, visitors, seconds, 1))


def test_an_unknown_way_is_rejected() -> None:
    with pytest.raises(ValueError, match="streamlit"):
        asyncio.run(sessions.crowd("http://127.0.0.1:1", 1, 1.0, 1, "other"))


def test_values_differ_from_the_start_and_from_one_another() -> None:
    assert len(set(sessions.VALUES)) == len(sessions.VALUES)
    assert all(0 < value < 5 and value != 1.0 for value in sessions.VALUES)
