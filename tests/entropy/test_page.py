"""The entropy page in process: every view, every end, nonsense, and numbers against scipy."""

from __future__ import annotations

import html
import math
import re
from unittest import mock

import pytest
from scipy.spatial.distance import jensenshannon
from scipy.special import softmax
from scipy.stats import entropy as scipy_entropy
from scipy.stats import norm

from core.lm import LanguageModel
from pages.entropy import table
from tests import pages
from ui.bars import bars_text

VIEWS = ("compare", "coin", "simplex", "fit", "loss")


def opened(**state: object):
    return pages.open_page("entropy", state=state or None)


def text_of(at) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", " ".join(pages.blocks(at))))


def measures(at) -> dict[str, float]:
    """The measures that the page offers as a file, by name."""
    rows = pages.download(at, "entropy", "entropy-measures.csv")[1]
    return {name: float(value) for name, value, _unit in rows}


def shares_of(text: str, alphabet: list[str]) -> list[float]:
    letters = [c for c in text.lower() if c.isalpha()]
    return [letters.count(c) / len(letters) for c in alphabet]


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
    assert table.shares(columns) == expected


def test_other_shares_make_another_table() -> None:
    # Numbers typed into a table belong to its key: kept, they would lie on top of their shares.
    keys = set()
    for bars in ("500,500;500,500", "900,100;500,500"):
        with mock.patch.object(table.st, "data_editor", side_effect=RuntimeError) as editor:
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
    found = measures(at)
    assert found["D(p‖q)"] == pytest.approx(scipy_entropy([2 / 3, 1 / 3], [1 / 3, 2 / 3], base=2))


LETTERS = ("It was the best of times, it was the worst of times", "El peor de los tiempos, zxkq")


@pytest.mark.parametrize("one", LETTERS)
def test_measures_are_of_every_letter(one: str) -> None:
    """More letters than bars: lumping the rest before comparing gave 2.97 instead of 3.32 bits."""
    other = "Era el mejor de los tiempos, era el peor de los tiempos"
    alphabet = sorted({c for c in (one + other).lower() if c.isalpha()})
    p, q = shares_of(one, alphabet), shares_of(other, alphabet)
    at = opened(ent_src="letters", ent_tp=one, ent_tq=other)
    pages.assert_whole(at)
    found, shown = measures(at), text_of(at)
    expected = {
        "H(p)": scipy_entropy(p, base=2),
        "H(q)": scipy_entropy(q, base=2),
        "D(p‖q)": scipy_entropy(p, q, base=2),
        "D(q‖p)": scipy_entropy(q, p, base=2),
        "JS": jensenshannon(p, q, base=2) ** 2,
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value)
    assert f"{expected['H(p)']:.3g} bits" in shown
    assert f"{expected['JS']:.3g} bits" in shown
    _header, rows = pages.download(at, "entropy", "entropy-outcomes.csv")
    assert len(rows) == len(alphabet)
    assert sum(float(row[1]) * float(row[3]) for row in rows if float(row[1])) == pytest.approx(
        expected["H(p)"]
    )
    bars = [sum(trace["y"]) for trace in pages.spec(at, "ent_pair")["data"]]
    assert bars == pytest.approx([1, 1])
    last = len(alphabet) - 11
    assert f"adds up the other {last}" in shown
    assert (
        f"the last bar adds up the other {last}, which have {100 * sum_of_rest(p, q):.3g} % of p"
        in shown
    )


def sum_of_rest(p: list[float], q: list[float]) -> float:
    order = sorted(range(len(p)), key=lambda i: (-max(p[i], q[i]), i))
    return sum(p[i] for i in order[11:])


def test_a_rare_letter_of_one_text_makes_the_divergence_infinite() -> None:
    at = opened(ent_src="letters", ent_tp="abcdefghijkl abcdefghijkl z", ent_tq="abcdefghijkl y")
    assert measures(at)["D(p‖q)"] == math.inf
    assert measures(at)["D(q‖p)"] == math.inf
    shown = text_of(at)
    assert "D(p‖q) is infinite, because q gives probability 0 to z, and p" in shown
    assert "D(q‖p) is infinite, because p gives probability 0 to y, and q" in shown


def test_every_cause_of_an_infinity_is_listed_or_counted() -> None:
    at = opened(ent_src="letters", ent_tp="abcdefghijklmnopq", ent_tq="z")
    assert "q gives probability 0 to a, b, c, d, e, f, g, h, i, j, k, l, 5 more, and" in text_of(at)
    at = opened(ent_n=7, ent_bars7="1,1,1,1,1,1,1;1,0,0,0,0,0,0")
    assert "q gives probability 0 to B, C, D, E, F, G, and" in text_of(at)


def test_a_text_without_letters_is_refused_by_the_name_of_its_control() -> None:
    at = opened(ent_src="letters", ent_tq="123")
    expected = "“Text of q” contains no letter. Type at least one letter."
    assert pages.sentences(at) == [expected]


def test_a_clicked_bar_writes_its_term() -> None:
    at = opened(ent_n=3, ent_bars3="500,300,200;200,300,500")
    pages.click(at, "ent_pointwise", {"curve": 0, "point": 2, "x": 2, "y": -0.2, "data": None})
    term, whole = (
        0.2 * math.log2(0.2 / 0.5),
        scipy_entropy([0.5, 0.3, 0.2], [0.2, 0.3, 0.5], base=2),
    )
    said = f"p·log₂(p/q) = 0.200 × log₂(0.200 / 0.500) = −{-term:.3f} bits of D(p‖q) = {whole:.3f}"
    assert "C, with p = 0.200 and q = 0.500: " + said in text_of(at)
    pages.put(at, {"ent_base": "e", "ent_terms": "surprise"})
    part = -0.2 * math.log(0.2)
    assert f"p·(−ln p) = 0.200 × 1.61 = {part:.3f} nats of H(p)" in text_of(at)
    at = opened(ent_src="letters", ent_tp=LETTERS[0], ent_tq=LETTERS[1])
    pages.click(at, "ent_pair", {"curve": 0, "point": 11, "x": 11, "y": 0.1, "data": None})
    assert "others: their terms p·log₂(p/q) add up to" in text_of(at)
    at = opened(ent_n=3, ent_bars3="0,500,500;500,500,0", ent_terms="surprise")
    pages.click(at, "ent_pointwise", {"curve": 0, "point": 1, "x": 0.7, "y": 1, "data": None})
    assert at.session_state["ent_outcome"] == 2, "the impossible outcome A has no bar"


def test_a_coin_writes_its_average() -> None:
    at = opened(entropy_view="coin", ent_coin=0.3)
    height = scipy_entropy([0.3, 0.7], base=2)
    assert rf"0.30 \cdot 1.74 + 0.70 \cdot 0.515 = {height:.3f}" in pages.formulas(at)[0]
    pages.put(at, {"ent_coin": 0.0})
    assert r"0.00 \cdot \infty + 1.00 \cdot 0 = 0\quad" in pages.formulas(at)[0]


def test_a_triangle_writes_both_sums() -> None:
    at = opened(entropy_view="simplex", ent_tri="500,300,200;200,300,500")
    shown = pages.formulas(at)[0]
    assert r"= 0.661 + 0 + (-0.264) = 0.397" in shown
    pages.put(at, {"ent_tri": "500,300,200;500,500,0"})
    assert r"+ \infty = \infty" in pages.formulas(at)[0]


def test_the_fit_says_where_its_mass_is() -> None:
    at = opened(entropy_view="fit", ent_gap=5.0, ent_step=120)
    shown = text_of(at)
    said = re.search(r"left of 0 is ([^ ]+) % in the fit by D\(p‖q\) and (.*?) in the fit", shown)
    assert said is not None
    assert float(said[1]) == pytest.approx(50, abs=0.5)
    # Each fit is a Gaussian with the mean and the standard deviation of its table row.
    row = re.search(r"reverse KL\s+([\d.−]+)\s+([\d.]+)", shown)
    assert row is not None
    assert float(row[1]) == pytest.approx(2.5, abs=0.02), "the mode on the side of the start"
    assert norm.cdf(0, 2.5, 0.6) < 1e-4
    assert "·10" in said[2] or float(said[2].split()[0]) < 0.01
    pages.put(at, {"ent_gap": 0.0})
    pages.assert_whole(at)
    assert "covers both modes" not in str(pages.spec(at, "ent_fit")), "with one mode it cannot"


def test_the_overconfident_example_has_the_losses_that_it_tells() -> None:
    logits = {"ent_z_cat": 8.0, "ent_z_dog": 0.0, "ent_z_bird": 0.0, "ent_z_fish": 0.0}
    at = opened(entropy_view="loss", ent_eps=0.1, **logits)
    assert "0.601 nats" in text_of(at)
    pages.put(at, {"ent_eps": 0.0})
    assert "0.00101 nats" in text_of(at)


def test_a_clicked_class_writes_its_term_and_gradient() -> None:
    at = opened(entropy_view="loss")
    q = softmax([2.0, 1.0, 0.0, -1.0])
    assert (
        f"1.00·(−ln {q[0]:.4f}) = {-math.log(q[0]):.3f} of {-math.log(q[0]):.3f} nats"
        in text_of(at)
    )
    assert "raises this logit" in text_of(at)
    pages.click(at, "ent_loss", {"curve": 0, "point": 1, "x": "dog", "y": 0, "data": None})
    assert f"q − p = {q[1]:.4f} − 0 = {q[1]:.3f}, so gradient descent lowers" in text_of(at)


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
    assert "D(p‖q) is infinite, because q gives probability 0 to C, and" in text_of(at)
    assert not pages.sentences(at), "infinity is a result, not a problem"


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
def test_measures_are_of_the_whole_vocabulary(language_model: LanguageModel) -> None:
    prompts = "The capital of France is", "The capital of Germany is"
    p, q = (
        language_model.next_logits(language_model.encode(text)).double().softmax(-1).numpy()
        for text in prompts
    )
    at = opened(ent_src="model", ent_mp=prompts[0], ent_mq=prompts[1])
    found, shown = measures(at), text_of(at)
    # float32 logits differ in their last digits with the number of threads and other prompts' work.
    assert found["H(p)"] == pytest.approx(scipy_entropy(p, base=2), rel=1e-4)
    assert found["D(p‖q)"] == pytest.approx(scipy_entropy(p, q, base=2), rel=1e-4)
    assert f"{scipy_entropy(p, base=2):.3g} bits" in shown
    assert "all 49,152 outcomes" in shown
    assert "nothing precedes the prompt" in shown
    assert len(pages.download(at, "entropy", "entropy-outcomes.csv")[1]) == 49_152


@pytest.mark.model
def test_long_and_empty_prompts(language_model: LanguageModel) -> None:
    at = opened(ent_src="model", ent_mp="One. " * 400 + "The capital of France is", ent_mq="")
    pages.assert_whole(at)
    said = pages.sentences(at)
    assert "Prompt of p: The prompt has" in said[0]
    assert "the last 512 are used" in said[0]
    assert "Prompt of q: The prompt is empty" in said[1]
    assert "Paris" in " ".join(pages.spec(at, "ent_pair")["layout"]["xaxis"]["ticktext"])


@pytest.mark.model
def test_two_prompts_through_the_model() -> None:
    at = opened(ent_src="model")
    pages.assert_whole(at)
    figure = pages.spec(at, "ent_pair")
    assert "Paris" in " ".join(figure["layout"]["xaxis"]["ticktext"])
