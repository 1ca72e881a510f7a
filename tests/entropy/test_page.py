"""The entropy page in process: every view, every end, nonsense, and numbers against scipy."""

from __future__ import annotations

import re
from unittest import mock

import pytest
from scipy.stats import entropy as scipy_entropy

from core.information import letter_pair
from pages.entropy import compare
from tests import pages
from ui.bars import bars_text

VIEWS = ("compare", "coin", "simplex", "fit", "loss")


def opened(**state: object):
    return pages.open_page("entropy", state=state or None)


def text_of(at) -> str:
    return re.sub(r"<[^>]+>", " ", " ".join(pages.blocks(at)))


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens(view: str) -> None:
    at = opened(entropy_view=view)
    pages.assert_whole(at)
    assert pages.keys(at, "plot")


def test_numbers_are_scipys() -> None:
    p, q = [0.5, 0.3, 0.2], [0.2, 0.3, 0.5]
    at = opened(ent_n=3, ent_bars3=bars_text([p, q]))
    pages.assert_whole(at)
    shown = text_of(at)
    for value in (scipy_entropy(p, base=2), scipy_entropy(p, q, base=2)):
        assert f"{value:.3g}" in shown


def test_the_bound_of_js_is_in_the_chosen_unit() -> None:
    disjoint = bars_text([[1.0, 0.0], [0.0, 1.0]])
    assert "at most 1 bit" in text_of(opened(ent_n=2, ent_bars2=disjoint))
    assert "at most 0.693 nats" in text_of(opened(ent_n=2, ent_bars2=disjoint, ent_base="e"))


@pytest.mark.parametrize("shown", ["kl", "reverse", "surprise"])
def test_every_outcomes_part_is_drawn_and_told(shown: str) -> None:
    at = opened(ent_n=3, ent_bars3="500,300,200;200,300,500", ent_terms=shown)
    pages.assert_whole(at)
    alt = pages.message(at, "ent_pointwise")["alt"]
    expected = {
        "kl": scipy_entropy([0.5, 0.3, 0.2], [0.2, 0.3, 0.5], base=2),
        "reverse": scipy_entropy([0.2, 0.3, 0.5], [0.5, 0.3, 0.2], base=2),
        "surprise": scipy_entropy([0.5, 0.3, 0.2], base=2),
    }[shown]
    assert f"{expected:.3g}" in alt


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ([[3.0, 1.0], [float("nan"), 2.0]], [[0.75, 0.25], [0.0, 1.0]]),
        ([[1e308, 1e308], [1e-300, 1e-300]], [[0.5, 0.5], [0.5, 0.5]]),
        ([[0.0, 0.0], [1.0, 1.0]], None),
        ([[float("inf"), 1.0], [1.0, 1.0]], None),
        ([[-1.0, 2.0], [1.0, 1.0]], None),
    ],
)
def test_weights_of_the_table_are_divided_by_their_sums(columns, expected) -> None:
    assert compare.shares(columns) == expected


def test_other_shares_make_another_table() -> None:
    # Numbers typed into a table belong to its key: kept, they would lie on top of their shares.
    keys = set()
    for bars in ("500,500;500,500", "900,100;500,500"):
        with mock.patch.object(compare.st, "data_editor", side_effect=RuntimeError) as editor:
            opened(ent_n=2, ent_table=True, ent_bars2=bars)
        assert editor.call_args is not None
        keys.add(editor.call_args.kwargs["key"])
    assert len(keys) == 2


def test_the_tables_hold_what_is_seen() -> None:
    at = opened(ent_n=3, ent_bars3="500,300,200;200,300,500")
    header, rows = pages.download(at, "entropy", "entropy-outcomes.csv")
    assert header[:3] == ["outcome", "p", "q"]
    assert [row[0] for row in rows] == ["A", "B", "C"]
    assert [float(row[2]) for row in rows] == pytest.approx([0.2, 0.3, 0.5])
    at = opened(ent_src="letters", ent_tp="aab", ent_tq="abb")
    _header, rows = pages.download(at, "entropy", "entropy-outcomes.csv")
    assert [row[0] for row in rows] == ["a", "b"]
    assert [float(row[1]) for row in rows] == pytest.approx([2 / 3, 1 / 3])
    found = dict(pages.download(at, "entropy", "entropy-measures.csv")[1])
    assert float(found["kl"]) == pytest.approx(
        scipy_entropy([2 / 3, 1 / 3], [1 / 3, 2 / 3], base=2)
    )


def test_nats_are_fewer_than_bits() -> None:
    at = opened(ent_n=2, ent_base="e", ent_bars2=bars_text([[0.5, 0.5], [0.5, 0.5]]))
    assert "0.693" in text_of(at)


def test_a_dragged_bar_reaches_the_figures() -> None:
    at = opened(ent_n=2)
    pages.send(at, "ent_bars2", [[0.9, 0.1], [0.1, 0.9]])
    pages.assert_whole(at)
    assert pages.spec(at, "ent_pointwise")["data"][0]["y"][1] < 0
    assert at.session_state["ent_bars2"] == "900,100;100,900"


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "x",
        [],
        [[1]],
        [[1, 2], [3]],
        [[-1, 2], [1, 1]],
        [[0, 0], [1, 1]],
        [["a", "b"], [1, 1]],
        [[float("inf"), 1], [1, 1]],
    ],
)
def test_bars_of_another_shape_are_ignored(raw: object) -> None:
    at = opened(ent_n=2)
    before = at.session_state["ent_bars2"]
    pages.send(at, "ent_bars2", raw)
    pages.assert_whole(at)
    assert at.session_state["ent_bars2"] == before


def test_an_impossible_outcome_is_named_in_a_sentence() -> None:
    at = opened(ent_n=3, ent_bars3="500,300,200;500,500,0")
    pages.assert_whole(at)
    assert any("C" in said and "infinite" in said for said in pages.sentences(at))


@pytest.mark.parametrize("name", list(pages.NASTY))
def test_any_text_for_the_letters(name: str) -> None:
    at = opened(ent_src="letters", ent_tp=pages.NASTY[name])
    pages.assert_whole(at)


def test_a_triangle_of_any_dragged_p_is_drawn() -> None:
    # Rounded to thousandths these would sum to 0.999, which is no distribution.
    at = opened(entropy_view="simplex", ent_tri="544.5,290.2,165.3;200,300,500")
    pages.assert_whole(at)
    assert not pages.sentences(at)
    p = pages.spec(at, "ent_simplex_p")["data"][3]
    assert p["name"] == "p"
    assert p["y"] == pytest.approx([0.1653 * 3**0.5 / 2], abs=1e-4)


@pytest.mark.model
def test_two_prompts_through_the_model() -> None:
    at = opened(ent_src="model")
    pages.assert_whole(at)
    figure = pages.spec(at, "ent_pair")
    assert "Paris" in " ".join(figure["layout"]["xaxis"]["ticktext"])


def test_letters_by_hand() -> None:
    found = letter_pair(2, "aab", "abb")
    assert found.letters == ("a", "b")
    assert found.top.probs[0].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert found.top.probs[1].tolist() == pytest.approx([1 / 3, 2 / 3])


def test_letters_that_one_text_lacks_have_probability_zero() -> None:
    found = letter_pair(3, "aaa", "bbb")
    assert sorted(found.top.probs[0].tolist()) == [0.0, 1.0]


def test_letters_without_any_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="letter"):
        letter_pair(3, "123", "abc")
