"""The views on four masks and BERT's two tasks, in process."""

from __future__ import annotations

import html
import re

import plotly.graph_objects as go
import pytest

from charts import architectures as charts
from charts.theme import resolve
from core.architectures import sentence_mask
from core.architectures.twins import load_record, load_twins
from core.attention import ARCHITECTURES
from core.objectives import masked_count
from pages.architectures import controls, lessons, material
from tests import pages

VIEWS = {
    "masks": ["arch_masks"],
    "masking": ["arch_rounding", "arch_shares"],
    "gaps": ["arch_candidates"],
    "cost": ["arch_curves"],
    "pairs": ["arch_overlaps"],
}


def opened(view: str, **state: object):
    return pages.open_page("architectures", state={"architectures_view": view, **state})


def text_of(at) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", " ".join(pages.blocks(at))))


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens(view: str) -> None:
    at = opened(view)
    pages.assert_whole(at)
    assert pages.keys(at, "plot") == VIEWS[view]
    for key in VIEWS[view]:
        go.Figure(resolve(pages.spec(at, key)))


# Four masks


def test_the_figure_draws_the_masks() -> None:
    words = ["a", "b", "c", "d", "e"]
    found = [sentence_mask(name, 5, 2, 3) for name in ARCHITECTURES]
    spec = charts.masks(found, words)
    z = spec["data"][0]["z"]
    for i, result in enumerate(found):
        panel = z[:, i * 6 : i * 6 + 5]
        assert (panel == charts.MASKED).tolist() == (~result.allowed).tolist()
        for row in range(5):
            drawn = panel[row][result.allowed[row]]
            assert set(drawn.tolist()) == {float(result.invalid[row])}
    assert bool(z[:, 5].isnan().all()), "nothing is drawn between the panels"
    places = [charts.panel_of(x, 5) for x in (-0.4, 4.4, 5.0, 6.0, 22.0, 99.0, -3.0)]
    assert places == [(0, 0), (0, 4), None, (1, 0), (3, 4), None, None]


def test_a_click_on_a_cell_says_why() -> None:
    at = opened("masks")
    for x, y, words in (
        (10 + 6, 2, "causal decoder: “that” (word 3) does not attend to “mat” (word 7): 7 > 3"),
        (20 + 1, 2, "prefix decoder: “that” (word 3) attends to “cat” (word 2)"),
        (30 + 2, 6, "cross-attention"),
    ):
        pages.click(at, "arch_masks", {"curve": 0, "point": [y, x], "x": x, "y": y})
        pages.assert_whole(at)
        assert words in text_of(at)


@pytest.mark.parametrize("cell", ["", "9,9,9", "0,1", "a,b,c", "1,99,0", "-1,0,0", "²,0,0"])
def test_any_cell_in_a_link(cell: str) -> None:
    pages.assert_whole(opened("masks", arch_cell=cell))


@pytest.mark.parametrize("sentence", ["", "one", "two words", "x " * 90, pages.NASTY["script"]])
def test_any_sentence(sentence: str) -> None:
    at = opened("masks", arch_sentence=sentence, arch_prefix=11, arch_token=12)
    pages.assert_whole(at)
    assert ("Type at least two words." in text_of(at)) == (len(sentence.split()) < 2)


# Masked tokens


def test_thirty_tokens_give_four() -> None:
    at = opened("masking")
    assert "15.0 % of 30 tokens is 4.5, so 4 are chosen." in text_of(at)
    assert "4.5 becomes 4" in text_of(at)
    curve = pages.spec(at, "arch_rounding")["data"][1]
    assert curve["y"] == [masked_count(n) for n in curve["x"]]
    chips = pages.message(at, "arch_chips")["tokens"]
    assert sum(not chip["muted"] for chip in chips) == 4
    header, rows = pages.download(at, "architectures", "masked-tokens.csv")
    assert sum(bool(row[header.index("kind")]) for row in rows) == 4


def test_a_rate_of_zero_still_chooses_one_token() -> None:
    assert "At least one token is always chosen." in text_of(opened("masking", arch_rate=0.0))


@pytest.mark.parametrize("text", ["", " \n", "☃ ☃", pages.NASTY["long"], pages.NASTY["family"]])
def test_any_text_is_masked(text: str) -> None:
    pages.assert_whole(opened("masking", arch_mtext=text, arch_rate=1.0))
    pages.assert_whole(opened("gaps", arch_gtext=text))
    pages.assert_whole(opened("pairs", arch_ptext=text))


# Filling gaps


def test_the_bars_are_the_probabilities_of_both_networks() -> None:
    at = opened("gaps", arch_gap=2)
    model = load_twins()
    text = model.read(pages.message(at, "arch_gtext")["value"])
    found = model.fill(text.ids, text.gaps)
    spec = pages.spec(at, "arch_candidates")
    for trace, probs in zip(spec["data"], (found.encoder[1], found.causal[1]), strict=True):
        ids = [model.tokenizer.token_to_id(word) for word in spec["layout"]["yaxis"]["ticktext"]]
        assert trace["x"] == pytest.approx(probs[ids].tolist(), abs=1e-6)
        assert int(probs.argmax()) in ids


def test_a_click_hides_a_word_and_another_shows_it_again() -> None:
    at = opened("gaps", arch_gtext="and god said unto moses")
    assert "Type “_” for a gap" in text_of(at)
    pages.click(at, "arch_gap_chips", 1)
    pages.assert_whole(at)
    assert at.session_state["arch_hidden"] == "2"
    assert "The hidden word is “god”" in text_of(at)
    pages.click(at, "arch_gap_chips", 1)
    assert at.session_state["arch_hidden"] == ""
    for places in ("0,1,2,3", "99", "a,²,-1", "1," * 29):
        pages.assert_whole(opened("gaps", arch_hidden=places))


# Learning from 15 %


def test_the_curves_are_those_of_the_record() -> None:
    results = load_record()["results"]
    at = opened("cost", arch_step=130, arch_by="tokens")
    pages.assert_whole(at)
    data = pages.spec(at, "arch_curves")["data"]
    for trace, name, tokens in ((data[0], "encoder", 154), (data[2], "causal", 1008)):
        curve = results[name]["curve"]
        assert trace["y"] == [point["accuracy"] for point in curve]
        assert trace["x"] == [point["step"] * tokens for point in curve]
    assert "After 100 updates" in text_of(at), "the nearest evaluation"
    lowest = min(results["causal"]["curve"], key=lambda point: point["bits"])["step"]
    assert f"at update {lowest} for the causal twin" in text_of(at)


# Next sentence


def test_the_pairs_of_the_table_are_those_of_the_core() -> None:
    at = opened("pairs", arch_pair=3)
    header, rows = pages.download(at, "architectures", "sentence-pairs.csv")
    pairs = material.pairs_of(pages.message(at, "arch_ptext")["value"], 0)
    assert [row[1:3] for row in rows] == [[pair.first, pair.second] for pair in pairs]
    assert f"Pair 3 is {rows[2][header.index('label')]}." in text_of(at)
    pages.click(at, "arch_overlaps", {"curve": 0, "point": 0, "x": 1, "y": 0.3})
    assert at.session_state["arch_pair"] == 1


def test_a_text_without_pairs_is_a_sentence() -> None:
    at = opened("pairs", arch_ptext="One sentence only.")
    assert any("at least two sentences" in text for text in pages.sentences(at))


# Questions


@pytest.mark.parametrize(
    ("label", "answer", "why"),
    [
        ("Change an early word", "eight words", "8 of 9 states change. Only the 1 before"),
        ("15 % of 30", "always 4", "30 · 0.15 = 4.5"),
        ("The head start", "", "After 200 updates: encoder"),
    ],
)
def test_questions_have_their_computed_answers(label: str, answer: str, why: str) -> None:
    results = load_record()["results"]
    points = (
        next(p["accuracy"] for p in results[name]["curve"] if p["step"] == lessons.HEAD_START)
        for name in ("encoder", "causal")
    )
    encoder, causal = points
    answer = answer or ("the causal twin" if causal > encoder else "the encoder")
    experiments = pages.describe("architectures").experiments
    index = next(i for i, experiment in enumerate(experiments) if experiment.label == label)
    state = experiments[index].state
    values = {getattr(controls, name).key: value for name, value in state.values.items()}
    at = pages.open_page(
        "architectures", query={"architectures_note": f"e{index}", "architectures_answer": "0"}
    )
    pages.put(at, {"architectures_view": state.view} | values)
    pages.assert_whole(at)
    shown = pages.message(at, "architectures_question")
    assert answer in shown["verdict"]
    assert why in shown["why"]
