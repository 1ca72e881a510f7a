"""The MoE page in process: every view, hostile texts, live trainings, and numbers against core."""

from __future__ import annotations

import itertools
import re
import time
from dataclasses import replace

import pytest
import torch
from streamlit.testing.v1 import AppTest

from charts import moe as charts
from core.moe import KNOWN_MODELS, ToySettings, ToyTrainer, moe_parameters
from core.moe.tiny_lm import MoEConfig
from pages.moe import batch, controls, growing, growing_text, language_models, progress, training
from tests import pages
from tests.pages import NASTY, assert_whole, open_page, put
from tools.i18n import translations
from ui.wire import unpack

VIEWS = {
    "hand": {"moe_router", "moe_queues", "moe_imbalance"},
    "learned": {"moe_plane", "moe_loads", "moe_curves"},
    "text": {"moe_token", "moe_special", "moe_information"},
    "growing": {"moe_grow_plane", "moe_grow_loads", "moe_grow_curves"},
    "sizes": {"moe_sizes", "moe_landscape"},
}
UPCYCLED = {"moe_view": "growing", "moe_u_of": "text"}


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_by_its_link_in_chinese(view):
    at = open_page("moe", query={"moe_view": view, "lang": "zh"})
    assert_whole(at)
    assert set(pages.keys(at, "plot")) == VIEWS[view]
    assert all(pages.message(at, key)["alt"] for key in VIEWS[view])


def test_a_link_with_a_value_of_every_view_opens_it():
    query = {"moe_view": "text", "moe_cap": "1", "moe_t_norm": "after", "moe_u_at": "20"}
    at = open_page("moe", query=query | {"moe_shared": "2", "moe_s_experts": "64"})
    assert_whole(at)
    shown = pages.message(at, "moe_address")["parameters"]
    assert shown == query | {"moe_shared": "2", "moe_s_experts": "64"}


# Step by step


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_any_words_are_routed(text):
    at = put(open_page("moe"), {"moe_words": text, "moe_cap": 0.5})
    assert_whole(at)


def test_equal_words_share_their_experts_and_overflow():
    result = batch.run(batch.Settings(("ha",) * 7, experts=4, top_k=1, capacity_factor=1.0))
    routing = result.trace.routing
    assert routing.demand.max() == 7
    assert routing.capacity == 2
    assert routing.dropped == 5
    assert result.steps[-1].output.abs().sum() == 0


@pytest.mark.parametrize("shared", [0, 2])
def test_the_weighted_sum_on_the_page_adds_up(shared):
    result = batch.run(batch.Settings(("a", "b", "c"), capacity_factor=0.5, shared=shared))
    for step in result.steps:
        total = step.contributions.sum(dim=0) + step.shared
        assert torch.allclose(total, step.output, atol=1e-6)
        assert bool(step.shared.any()) == bool(shared)


def test_the_experiment_of_the_bias_ends_with_even_queues_and_the_same_probabilities():
    (wanted,) = [e.state.values for e in pages.describe("moe").experiments if "bias" in e.label]
    words = batch.split_words(wanted["words"])
    assert len(set(words)) == 16
    settings = batch.Settings(words, top_k=1, bias_rate=wanted["bias_rate"])
    plain = batch.run(settings)
    assert plain.load.max_violation > 0.5
    last = [batch.run(replace(settings, bias_rounds=n)) for n in (wanted["bias_rounds"], 59, 60)]
    for even in last:
        assert even.steps[-1].queue == (4, 4, 4, 4)
        assert (even.trace.routing.probs == plain.trace.routing.probs).all()
    # The step size that the experiment proposes next makes the load swing.
    swinging = [batch.run(replace(settings, bias_rate=0.05, bias_rounds=n)) for n in (57, 58, 59)]
    assert all(b.load.max_violation > 0 for b in swinging)
    assert len({b.steps[-1].queue for b in swinging}) > 1


def test_the_curve_of_the_rounds_is_the_excess_of_the_busiest_expert():
    at = open_page("moe")
    assert [len(t["x"]) for t in pages.spec(at, "moe_imbalance")["data"]] == [0, 0]
    experiment = [e.label for e in pages.describe("moe").experiments].index("Balance by bias alone")
    at.button(key=f"moe_experiment_{experiment}").click().run()
    curve, here = pages.spec(at, "moe_imbalance")["data"]
    assert len(curve["y"]) == controls.MAX_ROUNDS + 1
    assert curve["y"][0] == pytest.approx(7 / 4 - 1), "the busiest of 1, 7, 4, 4 tokens"
    assert list(curve["y"][40:]) == [0.0] * 21
    assert (list(here["x"]), list(here["y"])) == ([40], [0.0])
    said = "After round 40 of loss-free balancing, the load is E1 4, E2 4, E3 4, E4 4. The busiest"
    assert any(f"{said} expert exceeds the mean by 0 %" in block for block in pages.blocks(at))


def test_a_clicked_cell_writes_its_arithmetic():
    at = open_page("moe", state={"moe_words": "a b c", "moe_stage": "logits", "moe_at": 1})
    pages.click(at, "moe_router", {"curve": 0, "point": [2, 3], "x": 3, "y": 2, "data": None})
    assert (at.session_state["moe_at"], at.session_state["moe_pick"]) == (3, 4)
    result = batch.run(batch.Settings(("a", "b", "c")))
    routing = result.trace.routing
    z, p = routing.logits[2], routing.probs[2]
    said = pages.formulas(at)[0]
    assert said.startswith(r"\begin{aligned}z_{3,4}=x_{3}\cdot w_{4}&=")
    assert said.endswith(rf"={z[3]:.2f}\end{{aligned}}")
    terms = said.split("&=")[1].rsplit("=", 1)[0].replace(r"\\&\quad", "").split("+")
    assert len(terms) == batch.DIM
    factors = [[float(f.strip("()")) for f in term.split(r"\cdot ")] for term in terms]
    assert sum(a * b for a, b in factors) == pytest.approx(float(z[3]), abs=0.1)
    put(at, {"moe_stage": "softmax"})
    powers = "+".join(f"e^{{{v:.2f}}}" for v in z.tolist())
    said = pages.formulas(at)[0]
    assert rf"\frac{{e^{{{z[3]:.2f}}}}}{{{powers}}}" in said
    assert said.endswith(f"={charts.fraction(float(p[3]))}")
    put(at, {"moe_stage": "chosen"})
    rank = 1 + int((p > p[3]).sum())
    assert f"={rank}{chr(92)}le" in pages.formulas(at)[0] or f"={rank}>k=2" in pages.formulas(at)[0]
    put(at, {"moe_stage": "dispatch", "moe_pick": result.steps[2].experts[0] + 1})
    gate, name = charts.fraction(result.steps[2].gates[0]), result.steps[2].experts[0] + 1
    assert pages.formulas(at)[0].endswith(rf"\text{{weight}}_{{3,{name}}}={gate}")


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("logits", "The largest is"),
        ("softmax", "sum to 1"),
        ("chosen", "highest-ranked experts are kept"),
        ("gates", "their sum is 1."),
        ("dispatch", "because position 2 exceeds the capacity 1"),
    ],
)
def test_every_stage_has_its_sentence(stage, said):
    state = {"moe_words": "ha ha", "moe_cap": 0.5, "moe_stage": stage, "moe_at": 2}
    at = open_page("moe", state=state)
    assert any(said in block and "Token 2, “ha”" in block for block in pages.blocks(at))
    put(at, {"moe_at": 0})
    assert any("No token is routed yet" in block for block in pages.blocks(at))


def test_a_tokens_gates_and_sum_stand_in_the_formula():
    at = open_page("moe", state={"moe_words": "ha ha but", "moe_k": 1, "moe_cap": 0.25})
    put(at, {"moe_at": 2, "moe_norm": "before", "moe_shared": 1})
    said = pages.formulas(at)[1]
    result = batch.run(
        batch.Settings(("ha", "ha", "but"), 4, 1, "before", capacity_factor=0.25, shared=1)
    )
    step = result.steps[1]
    assert not step.kept[0], "the second of two equal words finds no room"
    expert, gate = step.experts[0] + 1, f"{step.gates[0]:.2f}"
    assert f"g_{{2}}&=(p_{{{expert}}})=({gate})" in said
    assert rf"y_{{2}}&=\cancel{{{gate}\,E_{{{expert}}}(x)}}+S_{{1}}(x)" in said


def test_the_first_twenty_words_are_used_and_the_page_says_so():
    at = open_page("moe", state={"moe_words": "a b " * 15})
    assert pages.message(at, "moe_at")["count"] == controls.MAX_WORDS + 1
    assert any("first 20 words" in block for block in pages.blocks(at))


# Live training and upcycling of the classifier


def wait_for(at: AppTest, key: str, count: int, seconds: float = 40) -> list[training.Snapshot]:
    """Return the run's snapshots, once there are so many."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        run = at.session_state[f"{key}·run"][1]
        if len(run.frames) >= count:
            return run.frames
        run.look()
        time.sleep(0.02)
    raise AssertionError(f"{len(run.frames)} of {count} snapshots after {seconds} s")


def test_training_starts_pauses_steps_and_starts_again():
    at = open_page("moe", state={"moe_view": "learned", "moe_back": 0, "moe_t_speed": 100})
    at.button(key="moe_run_start").click().run()
    wait_for(at, "moe_run", 2)
    at.run()
    assert at.session_state["moe_back"] == controls.LATEST, "training shows the latest snapshot"
    at.button(key="moe_run_pause").click().run()
    run = at.session_state["moe_run·run"][1]
    run.wait(20)
    paused_at = len(run.frames)
    at.run()
    assert_whole(at)
    at.button(key="moe_run_step").click().run()
    frames = wait_for(at, "moe_run", paused_at + 1)
    steps = [0, *(snapshot.frame.step for snapshot in frames)]
    assert all(b - a == 10 for a, b in itertools.pairwise(steps[:-1])), "as many as possible"
    assert steps[-1] - steps[-2] == 1, "One step makes one step"
    run.wait(20)
    at.run()
    last = steps[-1]
    assert f"step {last};" in pages.message(at, "moe_plane")["alt"]
    header, rows = pages.download(at, "moe", "moe-training.csv")
    assert [int(row[0]) for row in rows] == steps
    assert float(rows[-1][header.index("task loss")]) == frames[-1].frame.losses.task
    pages.send(at, "moe_back", 0)
    assert pages.message(at, "moe_plane")["alt"].startswith(
        "Winning expert by place, 8 experts, st"
    )
    assert "step 0;" in pages.message(at, "moe_plane")["alt"]
    at.button(key="moe_run_reset").click().run()
    assert at.session_state["moe_run·run"][1].frames == []
    assert_whole(at)


def test_the_speed_stands_in_the_link_and_limits_the_training():
    at = open_page("moe", query={"moe_view": "learned", "moe_t_speed": "5"})
    assert pages.message(at, "moe_address")["parameters"]["moe_t_speed"] == "5"
    began = time.monotonic()
    at.button(key="moe_run_start").click().run()
    frames = wait_for(at, "moe_run", 3)
    assert time.monotonic() - began >= 2 / 5
    at.session_state["moe_run·run"][1].pause()
    assert [snapshot.frame.step for snapshot in frames][:3] == [1, 2, 3]


@pytest.mark.parametrize("speed", [1, 7, 13, 50, 99])
def test_steps_and_seconds_between_two_snapshots_give_the_speed(speed):
    pace = training.Pace(speed)
    assert pace.steps / pace.interval == pytest.approx(speed)
    assert pace.steps >= 1
    assert pace.interval >= 0.6 * training.UPDATE_S


def test_a_run_at_its_limit_says_why_it_pauses_and_continues(monkeypatch):
    monkeypatch.setattr(training, "MAX_SNAPSHOTS", 2)
    at = open_page("moe", state={"moe_view": "learned", "moe_t_speed": 100})
    at.button(key="moe_run_start").click().run()
    wait_for(at, "moe_run", 2)
    run = at.session_state["moe_run·run"][1]
    run.wait(20)
    at.run()
    assert any("Paused after 2 updates" in block for block in pages.blocks(at))
    button = at.button(key="moe_run_start")
    assert (button.label, button.disabled) == ("Continue", False)
    button.click().run()
    wait_for(at, "moe_run", 4)
    run.wait(20)
    assert not at.run().exception


def test_the_sentences_of_the_training_are_its_numbers():
    at = open_page("moe", state={"moe_view": "learned", "moe_t_pick": 3})
    frame = training.initial_snapshot(ToySettings()).frame
    demand = frame.demand.tolist()
    shown = " ".join(pages.blocks(at))
    assert f"E3 receives {demand[2]} of {sum(demand)} assignments: {demand[2]} / 768" in shown
    widest = frame.winner_map.long().flatten().bincount(minlength=8)
    assert f"give E{int(widest.argmax()) + 1} the largest gate on" in shown
    task, balance = frame.losses.task, frame.losses.balance
    (formula,) = pages.formulas(at)
    assert formula.endswith(f"={task + 0.05 * balance:.2f}")
    put(at, {"moe_t_balance": 0.5})
    assert pages.formulas(at)[0].endswith(f"={task + 0.5 * balance:.2f}")
    row, column = 7, 30
    mark = {"curve": 0, "point": [row, column], "x": 0.1, "y": 0.1, "data": None}
    pages.click(at, "moe_plane", mark)
    assert at.session_state["moe_t_pick"] == int(frame.winner_map[row, column]) + 1
    pages.click(at, "moe_loads", {"curve": 0, "point": 4, "x": 4, "y": 0.1, "data": None})
    assert at.session_state["moe_t_pick"] == 5


def test_the_experiment_of_dead_experts_collapses_and_recovers():
    trainer = ToyTrainer(ToySettings(balance_weight=0.0))
    assert trainer.step(40, grid=2).load.share[0] == 1.0
    trainer.settings = replace(trainer.settings, balance_weight=0.5)
    assert trainer.step(150, grid=2).dead == ()


def test_dead_experts_are_named():
    frame = ToyTrainer(ToySettings(balance_weight=0.0)).step(200, grid=5)
    said = progress.load_sentence(frame)
    dead = [f"E{e + 1}" for e in range(8) if int(frame.demand[e]) < 0.002 * 768]
    assert dead
    assert f"{', '.join(dead)} receive fewer than 0.2 % of the points" in said
    assert "No expert is dead" in progress.load_sentence(replace(frame, dead=()))


@pytest.mark.parametrize(
    ("view", "key", "values"),
    [
        ("growing", "moe_u_experts", [5, 6, 3]),
        ("learned", "moe_t_balance", [0.1, 0.3, 0.2]),
        ("learned", "moe_t_experts", [7, 3, 8]),
    ],
)
def test_a_dragged_slider_changes_a_figure_on_the_fast_path(view, key, values, fast_path):
    """A change that moves no figure would be seen only after the drag, in Streamlit's run."""
    at = open_page("moe", state={"moe_view": view})
    at.run()
    token, last = pages.message(at, key)["live"], None
    for i, value in enumerate(values, 1):
        answer = unpack(fast_path.redraw(token, {key: [value, i]}))
        assert not answer["stale"]
        plots = {n: bytes(p)[4:] for n, p in answer["parts"].items() if n.endswith("·plot")}
        assert plots != last
        last = plots


def test_another_balancing_weight_keeps_the_run_and_another_seed_starts_a_new_one():
    at = open_page("moe", state={"moe_view": "learned"})
    at.button(key="moe_run_step").click().run()
    wait_for(at, "moe_run", 1)
    put(at, {"moe_t_balance": 0.3})
    run = at.session_state["moe_run·run"][1]
    assert len(run.frames) == 1
    run.wait(20)
    at.run().button(key="moe_run_step").click().run()
    assert wait_for(at, "moe_run", 2)[-1].balance_weight == 0.3
    put(at, {"moe_t_seed": 5})
    assert at.session_state["moe_run·run"][1].frames == []


def test_snapshots_are_those_of_the_trainer():
    settings = ToySettings(dataset="moons", num_experts=3, points=101)
    with torch.inference_mode():  # as on the worker's thread
        trainer = training.new_trainer(settings)
        taken = training.advance(trainer, {}, 7)
    own = training.new_trainer(settings).step(7, training.GRID)
    assert taken.frame.losses == own.losses
    assert torch.equal(taken.frame.winner_map.long(), own.winner_map)


@pytest.mark.parametrize(("k", "most"), [(1, "at most 8"), (4, "at most 2")])
def test_the_upper_bound_of_the_balancing_loss(k, most):
    at = open_page("moe", state={"moe_view": "learned", "moe_t_k": k})
    assert any(most in block for block in pages.blocks(at))


@pytest.mark.parametrize(("normalize", "same"), [("after", True), ("before", False)])
def test_copying_keeps_the_function_if_the_gates_sum_to_one(normalize, same):
    settings = ToySettings(num_experts=1, normalize="after", points=101)
    run = training.Upcycling(training.new_trainer(settings), 4, 2, normalize, 20)
    snapshots = [training.advance_upcycling(run, n) for n in (10, 13, 10, 10)]
    assert [p.upcycled for p in snapshots] == [False, False, True, True]
    assert [p.frame.step for p in snapshots] == [10, 20, 20, 30]
    check = snapshots[2].check
    assert check is not None
    assert (check.largest_difference < 1e-4) == same
    assert len(snapshots[3].frame.load.share) == 4


def test_upcycling_goes_through_in_the_page():
    at = open_page("moe", state={"moe_view": "growing", "moe_u_at": 1})
    # Copying after 1 step is not on the slider, but it makes the test short.
    for n, said in (
        (1, "Step 1 of 1 before copying"),
        (2, "was copied into 4 experts"),
        (3, "an even share is 25.0 %"),
    ):
        at.button(key="moe_grow_step").click().run()
        wait_for(at, "moe_grow", n)
        at.session_state["moe_grow·run"][1].wait(20)
        at.run()
        assert_whole(at)
        assert any(said in block for block in pages.blocks(at))
    assert pages.spec(at, "moe_grow_curves")["layout"]["annotations"][1]["text"] == "copied"
    assert len(pages.spec(at, "moe_grow_loads")["data"][0]["y"]) == 4


def test_costs_of_copying():
    size = growing.costs(8, 4, 2)
    assert size.total_parameters == 4 * size.dense_parameters + 4 * 16
    assert size.active_parameters == 2 * size.dense_parameters + 4 * 16


# Language models


@pytest.mark.parametrize("words", NASTY.values(), ids=NASTY.keys())
def test_any_text_is_traced(words):
    at = open_page("moe", state={"moe_view": "text", "moe_text": words})
    assert_whole(at)
    if words:
        chips = pages.message(at, "moe_chips")["tokens"]
        assert 1 <= len(chips) <= 256
        assert all(chip["note"] for chip in chips)


def test_the_layer_slider_ends_at_the_models_last_layer():
    assert language_models.moe_model().config == MoEConfig()


def test_chips_carry_the_experts_of_the_layer():
    trace = language_models.moe_model().trace("In the beginning")
    at = open_page("moe", state={"moe_view": "text", "moe_text": "In the beginning"})
    for layer in (1, 4):
        put(at, {"moe_layer": layer})
        notes = [chip["note"] for chip in pages.message(at, "moe_chips")["tokens"]]
        chosen = trace.expert_index[layer - 1].tolist()
        assert notes == ["·".join(str(e + 1) for e in experts) for experts in chosen]
    pages.click(at, "moe_chips", 2)
    assert at.session_state["moe_tok"] == 2


@pytest.mark.parametrize("layer", [1, 3])
def test_what_the_page_says_about_specialization_is_counted(layer):
    result = language_models.measured()
    counts = result.counts[layer - 1]
    at = open_page("moe", state={"moe_view": "text", "moe_layer": layer, "moe_tok_pick": 4})
    shown = " ".join(pages.blocks(at))
    share = [[float(n) / float(row.sum()) for n in row] for row in counts]
    tops = [max(row) for row in share]
    most, least = tops.index(max(tops)), tops.index(min(tops))
    names = ["English", "Chinese", "Code", "Numbers"]
    assert (
        f"most specialized expert is E{most + 1}: {100 * tops[most]:.1f} % of its assignments come "
        f"from one domain, {names[share[most].index(tops[most])]}." in shown
    )
    assert f"least specialized is E{least + 1}, with at most {100 * tops[least]:.1f} %" in shown
    own = counts[3].tolist()
    n, total = int(max(own)), int(sum(own))
    assert f"{names[own.index(max(own))]}: {n:,} / {total:,} = {100 * n / total:.1f} %" in shown


def test_clicks_on_the_tables_of_the_language_model_select_layer_and_expert():
    at = open_page("moe", state={"moe_view": "text"})
    pages.click(at, "moe_token", {"curve": 0, "point": [2, 6], "x": 6, "y": 2, "data": None})
    assert (at.session_state["moe_layer"], at.session_state["moe_tok_pick"]) == (3, 7)
    pages.click(at, "moe_special", {"curve": 0, "point": [1, 2], "x": 2, "y": 1, "data": None})
    assert at.session_state["moe_tok_pick"] == 3


def test_a_tokens_gates_in_the_language_model_are_the_softmax_of_its_logits():
    at = open_page(
        "moe", state={"moe_view": "text", "moe_text": "In the beginning", "moe_layer": 2}
    )
    put(at, {"moe_tok": 1})
    trace = language_models.moe_model().trace("In the beginning")
    chosen = trace.probs[1, 1].topk(2).indices.tolist()
    z = [float(trace.router_logits[1, 1, e]) for e in chosen]
    gates = torch.tensor(z).softmax(0).tolist()
    assert pages.formulas(at)[0] == (
        rf"(g_{{{chosen[0] + 1}}},g_{{{chosen[1] + 1}}})=\operatorname{{softmax}}"
        rf"({z[0]:.2f},\ {z[1]:.2f})=({gates[0]:.2f},\ {gates[1]:.2f})"
    )
    p = 2 ** -float(trace.surprisal[1])
    assert any(f"−log₂ {100 * p:.3g} %" in block for block in pages.blocks(at))


def test_bytes_of_a_cut_character_are_shown_as_bytes():
    model = language_models.moe_model()
    ids = model.encode("床")
    assert len(ids) > 1
    pieces = [language_models.piece(model, i, model.token_text(i)) for i in ids]
    assert b"".join(p if isinstance(p, bytes) else p.encode() for p in pieces) == "床".encode()


@pytest.mark.parametrize("words", NASTY.values(), ids=NASTY.keys())
def test_any_text_goes_through_the_copies(words):
    at = open_page("moe", state=UPCYCLED | {"moe_u_text": words})
    assert_whole(at)
    assert "moe_u_curves" in pages.keys(at, "plot")


def test_a_copied_language_model_gives_the_dense_models_surprisals():
    at = open_page("moe", state=UPCYCLED)
    dense, copies = pages.spec(at, "moe_u_surprisal")["data"]
    assert len(dense["y"]) >= 8
    assert list(dense["y"]) == pytest.approx(list(copies["y"]), abs=1e-4)
    put(at, {"moe_u_norm": "before"})
    dense, copies = pages.spec(at, "moe_u_surprisal")["data"]
    assert max(abs(a - b) for a, b in zip(dense["y"], copies["y"], strict=True)) > 0.1
    put(at, {"moe_u_domain": "code"})
    curves = pages.spec(at, "moe_u_curves")["data"]
    recorded = language_models.record().curves["upcycled"].bits["code"]
    assert list(curves[1]["y"]) == pytest.approx(list(recorded))


@pytest.mark.parametrize(("normalize", "full"), [("after", True), ("before", False)])
def test_the_gates_sum_stands_in_the_formula_of_the_copies(normalize, full):
    at = open_page("moe", state=UPCYCLED | {"moe_u_norm": normalize, "moe_u_k": 2})
    said = pages.formulas(at)[0]
    assert r"\text{top-}2" in said
    assert ("_{1}" in said) == full


def test_a_long_text_is_cut_and_the_page_says_so():
    at = open_page("moe", state=UPCYCLED | {"moe_u_text": "light " * 9000})
    longest = growing_text.MAX_TOKENS
    assert len(pages.spec(at, "moe_u_surprisal")["data"][0]["y"]) == longest - 1
    assert any(f"first {longest} tokens" in said for said in pages.blocks(at))


def test_a_clicked_token_writes_its_surprisal_before_and_after_copying():
    at = open_page("moe", state=UPCYCLED | {"moe_u_norm": "before", "moe_u_text": "Let there be"})
    mark = {"curve": 0, "point": 1, "x": 2, "y": 3.0, "data": None}
    pages.click(at, "moe_u_surprisal", mark)
    assert at.session_state["moe_u_tok"] == 3
    dense, copies = pages.spec(at, "moe_u_surprisal")["data"][:2]
    a, b = float(dense["y"][1]), float(copies["y"][1])
    said = next(block for block in pages.blocks(at) if "Token 3, “" in block)
    assert f"−log₂ {100 * 2**-a:.3g} % = {a:.3g} bits in the dense model" in said
    assert f"= {b:.3g} bits after copying" in said
    put(at, {"moe_u_text": "a"})
    assert_whole(at)


# Model sizes


def test_the_sizes_are_worked_out_from_one_expert():
    at = open_page("moe", state={"moe_view": "sizes", "moe_s_experts": 64, "moe_s_k": 4})
    shape = KNOWN_MODELS["Mixtral 8x7B"]
    one = shape.layers * 3 * shape.dim * shape.expert_dim
    size = moe_parameters(replace(shape, num_experts=64, top_k=4))
    (said,) = pages.formulas(at)
    assert rf"{shape.layers}\cdot 3\cdot {shape.dim}\cdot {shape.expert_dim}" in said
    for total, n in ((size.total, 64), (size.active, 4)):
        rest, unit, whole = (f"{v / 1e9:.3g}" for v in (total - n * one, one, total))
        assert rf"{rest}\text{{ B}}+{n}\cdot {unit}\text{{ B}}={whole}\text{{ B}}" in said


def test_a_clicked_model_is_chosen():
    at = open_page("moe", state={"moe_view": "sizes", "moe_s_experts": 64})
    index = list(KNOWN_MODELS).index("DeepSeek-V3")
    mark = {"curve": 1, "point": index, "x": 37.0, "y": 671.0, "data": None}
    pages.click(at, "moe_landscape", mark)
    assert at.session_state["moe_model"] == "DeepSeek-V3"
    assert sliders(at)["num_experts"] == 256


def sliders(at: AppTest) -> dict[str, object]:
    return {name: at.session_state[size.key] for name, size in controls.sizes.items()}


def test_choosing_a_model_fills_the_sliders():
    at = open_page("moe", state={"moe_view": "sizes", "moe_s_experts": 64})
    assert not any("published: 46.7" in block for block in pages.blocks(at))
    pages.send(at, "moe_model", "DeepSeek-V3")
    shape = KNOWN_MODELS["DeepSeek-V3"]
    assert sliders(at) == {name: getattr(shape, name) for name in controls.sizes}
    assert any("published: 671" in block for block in pages.blocks(at))
    pages.send(at, "moe_s_experts", 64)
    assert at.session_state["moe_s_experts"] == 64
    assert pages.message(at, "moe_address")["parameters"] == {
        "moe_view": "sizes",
        "moe_model": "DeepSeek-V3",
        "moe_s_experts": "64",
    }
    assert not any("published: 671" in block for block in pages.blocks(at))


def test_a_link_names_a_model_and_what_differs_from_it():
    link = {"moe_view": "sizes", "moe_model": "DeepSeek-V3", "moe_s_k": "4"}
    at = open_page("moe", query=link)
    shape = KNOWN_MODELS["DeepSeek-V3"]
    wanted = {name: getattr(shape, name) for name in controls.sizes}
    assert sliders(at) == wanted | {"top_k": 4}


@pytest.mark.parametrize(
    ("state", "key"),
    [
        ({"moe_experts": 2, "moe_k": 4}, "moe_k"),
        ({"moe_view": "learned", "moe_t_experts": 2, "moe_t_k": 4}, "moe_t_k"),
        (UPCYCLED | {"moe_u_experts": 2, "moe_u_k": 4}, "moe_u_k"),
        ({"moe_view": "sizes", "moe_s_experts": 2, "moe_s_k": 4}, "moe_s_k"),
    ],
)
def test_a_k_above_the_number_of_experts_means_all_of_them(state, key):
    at = open_page("moe", state=state)
    assert_whole(at)
    assert pages.message(at, key)["words"]["4"] == "all 2"


# Prose


def test_every_pitfall_opens():
    at = open_page("moe")
    for i in range(5):
        put(at, {f"moe_pitfall_{i}": True})
        assert_whole(at)


def test_the_headings_of_downloads_have_chinese_translations():
    known, _complaints = translations()
    at = open_page("moe")
    for item in pages.describe("moe").downloads:
        header, rows = pages.download(at, "moe", item.filename)
        named = [re.sub(r"E\d+$", "{expert}", word) for word in header if word != "k"]
        assert [word for word in named if not re.search("[\u4e00-\u9fff]", known[word])] == []
        assert all(len(row) == len(header) for row in rows[:3])


def test_downloads_agree_with_the_controls():
    at = open_page("moe", state={"moe_words": "a b a", "moe_text": "a b", "moe_k": 1})
    _header, rows = pages.download(at, "moe", "routing.csv")
    assert [row[1] for row in rows] == ["a", "b", "a"]
    trace = language_models.moe_model().trace("a b")
    layers, tokens, k = trace.expert_index.shape
    header, rows = pages.download(at, "moe", "text-experts.csv")
    assert len(rows) == layers * tokens * k
    assert [int(row[header.index("expert")]) - 1 for row in rows[:k]] == (
        trace.expert_index[0, 0].tolist()
    )
    _header, rows = pages.download(at, "moe", "moe-sizes.csv")
    assert [row[0] for row in rows] == list(KNOWN_MODELS)
    _header, rows = pages.download(at, "moe", "upcycling.csv")
    curves = language_models.record().curves.values()
    assert len(rows) == sum(4 * len(curve.steps) for curve in curves)
    put(at, {"moe_words": "", "moe_text": ""})
    assert pages.download(at, "moe", "routing.csv")[1] == []
    assert pages.download(at, "moe", "text-experts.csv")[1] == []
