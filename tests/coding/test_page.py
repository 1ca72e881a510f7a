"""The coding page in process: every view, hostile input, clicks, and numbers against core."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from core.coding import bsc_capacity, expected_bit_error_rate, huffman_code
from pages.coding import controls
from tests import pages

VIEWS = ("huffman", "blocks", "capacity", "codes", "sent")


def opened(**state: object):
    return pages.open_page("coding", state=state or None)


def text_of(at) -> str:
    return re.sub(r"<[^>]+>", " ", " ".join(pages.blocks(at)))


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_in_presenter_mode(view: str) -> None:
    at = opened(coding_view=view, present="1")
    pages.assert_whole(at)
    assert pages.keys(at, "plot")


def test_the_text_comes_back_from_its_bits() -> None:
    text = "abracadabra, 信道!"
    at = opened(coding_text=text)
    code = huffman_code(Counter(text))
    shown = text_of(at)
    assert f"{len(code.encode(text))} bits" in shown
    assert f"{code.average_length:.3f} bits" in shown
    assert "the same text" in shown
    chips = pages.message(at, "coding_chips")["tokens"]
    assert [chip["note"] for chip in chips] == [code.codes[c] for c in text]


def test_each_merge_is_told_and_a_click_goes_to_it() -> None:
    at = opened(coding_text="aaaabbcd", coding_merge=1)
    assert "Merge 1 of 3: the two lightest trees, 0.1250 and 0.1250" in text_of(at)
    pages.put(at, {"coding_merge": 3})
    nodes = pages.spec(at, "coding_tree")["data"][2]
    inner = nodes["customdata"].index([-1, 1])
    pages.click(at, "coding_tree", {"curve": 2, "point": inner, "x": 1, "y": 1, "data": [-1, 1]})
    assert at.session_state["coding_merge"] == 2
    pages.click(at, "coding_tree", {"curve": 2, "point": 2, "x": 1, "y": 1, "data": [2, -1]})
    assert at.session_state["coding_row"] == 2
    assert "bits to L" in text_of(at)


def test_one_symbol_alone_has_one_bit() -> None:
    at = opened(coding_text="aaaa")
    pages.assert_whole(at)
    assert "L = H + 1" in text_of(at)
    assert "4 bits" in text_of(at)


@pytest.mark.parametrize("text", pages.NASTY.values(), ids=pages.NASTY)
def test_any_text(text: str) -> None:
    at = opened(coding_text=text)
    pages.assert_whole(at)
    pages.put(at, {"coding_view": "sent", "coding_sentence": text})
    pages.assert_whole(at)
    pages.put(at, {"coding_view": "capacity", "coding_channel": "typed", "coding_matrix": text})
    pages.assert_whole(at)
    assert pages.sentences(at) or pages.keys(at, "plot")


def test_the_models_next_token_is_a_source() -> None:
    at = opened(coding_src="model")
    pages.assert_whole(at)
    assert "49,152" in text_of(at)
    _header, rows = pages.download(at, "coding", "huffman.csv")
    assert sum(float(row[1]) for row in rows) == pytest.approx(1)
    shown = text_of(at)
    found = re.search(r"entropy H\s+([\d.]+) bits.*?average length L .*?([\d.]+) bits", shown)
    assert found is not None, shown
    entropy, length = map(float, found.groups())
    assert entropy <= length < entropy + 1


def test_the_link_opens_the_language_model_with_the_same_text() -> None:
    at = opened(coding_text="to be or not")
    at.session_state["lm_text"] = "another text"
    at.button(key="coding_to_packing").click().run()
    pages.assert_whole(at)
    assert at.session_state["lm_text"] == "to be or not"
    assert pages.message(at, "lm_text")["value"] == "to be or not"
    assert "lm_sizes" in pages.keys(at, "plot")


def test_the_rise_is_said_and_marked() -> None:
    at = opened(coding_view="blocks")
    shown = text_of(at)
    assert "rises at n = 4, 7, 8" in shown
    assert "0.9404" in shown
    assert "0.015 more than at n = 3" in shown
    pages.click(at, "coding_blocks", {"curve": 2, "point": 0, "x": 1, "y": 1.2, "data": None})
    assert at.session_state["coding_n"] == 1
    even = opened(coding_view="blocks", coding_block3="1000,1000,0")
    assert "falls or stays the same" in text_of(even)


@pytest.mark.parametrize(
    ("name", "noise", "fact"),
    [("bsc", 0.11, "0.5001"), ("bec", 0.25, "0.7500"), ("z", 0.5, "0.3219")],
)
def test_capacity_and_optimal_input(name: str, noise: float, fact: str) -> None:
    at = opened(coding_view="capacity", coding_channel=name, coding_noise=noise)
    assert fact in text_of(at)
    assert ("p(1) = 0.400" if name == "z" else "p(1) = 0.500") in text_of(at)
    assert text_of(at).count("printed, recomputed here") == 3


def test_the_typed_channel_gives_up_its_second_input() -> None:
    at = opened(coding_view="capacity", coding_channel="typed")
    shown = text_of(at)
    assert "0.1616 bits" in shown
    assert re.search(r"optimal input\s+0\.502, ≈ 0, 0\.498", shown)
    pages.click(at, "coding_bounds", {"curve": 0, "point": 4, "x": 5, "y": 0.17, "data": None})
    assert at.session_state["coding_iteration"] == 4


@pytest.mark.parametrize(
    ("matrix", "sentence"),
    [
        ("", "one line of probabilities"),
        ("0.5 x", "is not a number"),
        ("0.5 0.4", "must sum to 1"),
        ("1 0\n1", "rows of one length"),
        ("nan 1", "finite"),
        (" ".join(["0.1"] * 10), "1 to 9 inputs"),
    ],
)
def test_matrices_that_are_none(matrix: str, sentence: str) -> None:
    at = opened(coding_view="capacity", coding_channel="typed", coding_matrix=matrix)
    pages.assert_whole(at)
    assert sentence in " ".join(pages.sentences(at))


def test_codes_show_the_exact_rates_and_a_click_selects() -> None:
    at = opened(coding_view="codes", coding_flip=0.3)
    shown = text_of(at)
    for code in controls.CODE_NAMES:
        assert f"{expected_bit_error_rate(code, 0.3):.3f}" in shown
    assert "the decoder does harm" in shown
    assert f"{bsc_capacity(0.3):.4f}" in shown
    mark = {"curve": 2, "point": 1, "x": 0.33, "y": 0.2, "data": None}
    pages.click(at, "coding_plane", mark)
    assert at.session_state["coding_code"] == "repetition-3"
    pages.click(at, "coding_plane", mark | {"curve": 0, "point": 4})
    assert at.session_state["coding_code"] == "repetition-3", "the border is no code"


def test_a_clean_channel_loses_nothing_and_noise_is_seen() -> None:
    at = opened(coding_view="sent", coding_mflip=0.0)
    assert "0 of 74 characters are wrong" in text_of(at)
    chips = pages.message(at, "coding_read_coded")["tokens"]
    assert len(chips) == 1
    pages.put(at, {"coding_mflip": 0.05})
    wrong = re.findall(r"(\d+) of 74 characters", text_of(at))
    assert int(wrong[0]) > int(wrong[1]) > 0
    colored = [c for c in pages.message(at, "coding_read_plain")["tokens"] if c["color"]]
    assert len(colored) == int(wrong[0])


@pytest.mark.parametrize(("index", "right"), [(0, "2"), (1, "0"), (2, "1"), (3, "2")])
def test_the_surprising_answer_is_right(index: int, right: str) -> None:
    at = pages.open_page("coding")
    at.button(key=f"coding_experiment_{index}").click().run()
    pages.trigger(at, "coding_question", "answer", int(right))
    shown = pages.message(at, "coding_question")
    assert shown["right"], shown
