"""Numbers as text: rounding must not state something false."""

import doctest

import pytest

from charts import format as text
from charts import surprisal
from charts.format import probability


@pytest.mark.parametrize("module", [text, surprisal])
def test_the_examples_in_the_docstrings(module) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("digits", [1, 2, 3, 4])
@pytest.mark.parametrize("p", [0.96, 0.997, 0.9997, 0.99997, 1 - 1e-7, 1e-4, 1e-7, 1e-30])
def test_a_probability_is_not_rounded_to_0_or_1(p: float, digits: int) -> None:
    assert probability(p, digits) not in ("100 %", "0 %", "100.0 %")


def test_certain_and_impossible() -> None:
    assert (probability(1.0), probability(0.0)) == ("100 %", "0 %")
    assert probability(0.9997, 2) == "99.97 %"
