"""Printed numbers: their precision, and the verdict on a recomputed number."""

from __future__ import annotations

import pytest

from core.errors import InputError
from core.provenance import Printed
from tests.pages import assert_whole, blocks, script


@pytest.mark.parametrize(
    ("text", "recomputed", "agrees"),
    [
        ("35.3", 35.349, True),
        ("35.3", 35.25, True),
        ("35.3", 35.351, False),
        ("35.3", -35.3, False),
        ("40", 40.49, True),
        ("40", 40.51, False),
        ("0.9404", 0.94035, True),
        ("1.5e6", 1_549_999, True),
        ("1.5e6", 1_551_000, False),
    ],
)
def test_a_number_agrees_if_it_rounds_to_the_printed_digits(
    text: str, recomputed: float, agrees: bool
) -> None:
    assert Printed(text, "A paper", "Table 1").agrees(recomputed) is agrees


@pytest.mark.parametrize(
    ("text", "source", "place"), [("about 3", "A", "B"), ("nan", "A", "B"), ("3", "", "B")]
)
def test_a_number_without_value_or_place_is_rejected(text: str, source: str, place: str) -> None:
    with pytest.raises(InputError):
        Printed(text, source, place)


def test_a_page_shows_each_number_with_its_verdict() -> None:
    def body() -> None:
        import ui
        from core.provenance import Printed

        first = Printed("35.3", "A <b>paper</b>", "Figure 2", "GB")
        ui.provenance(("traffic", first, 40.29), ("again", first, 35.32), ("time", first, None))

    at = script(body)
    assert_whole(at)
    (shown,) = blocks(at)
    assert "printed, but recomputing gives 40.29 GB" in shown
    assert "printed, recomputed here" in shown
    assert "<td>printed</td>" in shown
    assert "A &lt;b&gt;paper&lt;/b&gt;, Figure 2" in shown
