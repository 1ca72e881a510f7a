"""The MoE page: every view, every control to its ends and beyond, hostile texts and links."""

from __future__ import annotations

import time

import pytest
import torch
from streamlit.testing.v1 import AppTest

from core.moe import KNOWN_MODELS, ToySettings
from pages.moe_parts import (
    batch,
    downloads,
    growing,
    growing_text,
    hand_controls,
    hidden,
    learned,
    sizes,
    text,
    training,
)
from pages.moe_parts.now import Now
from tests import pages
from tests.pages import NASTY, NONSENSE, assert_whole, open_page, put


def test_the_page_opens_on_the_router_by_hand():
    at = open_page("moe")
    assert_whole(at)
    assert {"moe_router", "moe_queues"} <= set(pages.keys(at, "plot"))


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_any_words_are_routed(text):
    at = put(open_page("moe"), {"moe_words": text, "moe_cap": 0.5})
    assert_whole(at)


@pytest.mark.parametrize(
    ("key", "values"),
    {
        "moe_experts": (2, 8, 99, -1),
        "moe_k": (1, 4, 99),
        "moe_cap": (0.25, 4.0, 0, "x"),
        "moe_noise": (0.0, 4.0),
        "moe_scale": (0.1, 10.0),
        "moe_shared": (0, 3),
        "moe_rounds": (0, 60),
        "moe_rate": (0.005, 0.2),
        "moe_jitter": (0.0, 0.5),
        "moe_seed": (0, 99, "nan"),
        "moe_noise_seed": (0, 99),
        "moe_at": (0, 1, 999, "x"),
        "moe_stage": ("logits", "softmax", "chosen", "gates", "dispatch", "?"),
        "moe_norm": ("before", "after", "?"),
    }.items(),
)
def test_every_control_to_its_ends_and_beyond(key, values):
    at = open_page("moe")
    for value in values:
        put(at, {key: value})
        assert_whole(at)


@pytest.mark.parametrize("view", ["hand", "learned", "text", "growing", "sizes"])
def test_nonsense_in_the_link(view):
    names = (
        "moe_experts", "moe_k", "moe_cap", "moe_at", "moe_stage", "moe_norm", "moe_t_experts",
        "moe_t_balance", "moe_data", "moe_u_at", "moe_layer", "moe_tok", "moe_model",
        "moe_s_experts", "moe_s_width", "moe_s_context",
    )  # fmt: skip
    at = open_page("moe", query={"moe_view": view} | dict.fromkeys(names, NONSENSE[0]))
    assert_whole(at)
    for word in NONSENSE[1:]:  # what a link leaves in the session is cleaned in the same place
        put(at, dict.fromkeys(names, word))
        assert_whole(at)


def test_equal_words_share_their_experts_and_overflow():
    held = batch.run(batch.Settings(("ha",) * 7, experts=4, top_k=1, capacity_factor=1.0))
    routing = held.trace.routing
    assert routing.demand.max() == 7
    assert routing.capacity == 2
    assert routing.dropped == 5
    assert held.steps[-1].output.abs().sum() == 0


@pytest.mark.parametrize("shared", [0, 2])
def test_the_weighted_sum_on_the_page_adds_up(shared):
    held = batch.run(batch.Settings(("a", "b", "c"), capacity_factor=0.5, shared=shared))
    for step in held.steps:
        total = step.contributions.sum(dim=0) + step.shared
        assert torch.allclose(total, step.output, atol=1e-6)
        assert bool(step.shared.any()) == bool(shared)


def test_rounds_of_the_bias_even_the_load_and_leave_the_gates_alone():
    words, _count = batch.words_of("the cat sat on the mat and the dog sat on the cat")
    plain = batch.run(batch.Settings(words))
    even = batch.run(batch.Settings(words, bias_rounds=40, bias_rate=0.02))
    assert len(even.updates) == 40
    assert even.load.max_violation < plain.load.max_violation
    assert (even.trace.routing.probs == plain.trace.routing.probs).all()


VIEWS = {
    "learned": {"moe_plane", "moe_loads", "moe_curves"},
    "text": {"moe_token", "moe_special", "moe_information"},
    "growing": {"moe_grow_plane", "moe_grow_loads", "moe_grow_curves"},
    "sizes": {"moe_sizes", "moe_landscape"},
}


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_by_its_link_in_chinese(view):
    at = open_page("moe", query={"moe_view": view, "lang": "zh"})
    assert_whole(at)
    assert set(pages.keys(at, "plot")) >= VIEWS[view]
    assert all(pages.message(at, key)["alt"] for key in VIEWS[view])


def buttons(kind: str) -> list[str]:
    at = open_page("moe")
    return [b.key for b in at.button if b.key and b.key.startswith(f"moe_{kind}_")]


def test_every_scenario_and_every_experiment():
    names = buttons("scenario") + buttons("experiment")
    assert len(names) == 8 + 3
    at = open_page("moe")
    for name in names:
        at.button(key=name).click().run()
        assert_whole(at)


def test_a_scenario_sets_only_controls_that_exist():
    for view, state in (("hand", hand_controls.START), ("learned", learned.START)):
        at = open_page("moe", state={"moe_view": view})
        drawn = set(pages.keys(at)) | {"moe_view", *hidden.NUMBERS, *hidden.NAMES}
        assert set(state) <= drawn
        started = {key: at.session_state[key] for key in state}
        assert started | {"moe_at": 0} == state | {"moe_at": 0}


@pytest.mark.parametrize(
    ("view", "values"),
    [
        ("learned", {"moe_t_experts": (1, 8, 99), "moe_t_k": (1, 4, 0), "moe_t_balance": (0, 0.5),
                     "moe_data": ("moons", "?"), "moe_t_seed": (0, 99)}),
        ("learned", {"moe_t_norm": ("after",), "moe_t_z": (0.1,), "moe_t_bias": (0.05,),
                     "moe_t_noise": (2.0,), "moe_t_rate": (0.001, 0.1), "moe_t_width": (2, 32)}),
        ("growing", {"moe_u_experts": (2, 8), "moe_u_k": (1, 4), "moe_u_at": (0, 600),
                     "moe_u_norm": ("before",), "moe_u_data": ("moons", "?"),
                     "moe_u_width": (2, 32), "moe_u_seed": (99,)}),
        ("growing", {"moe_u_of": ("text",), "moe_u_experts": (2, 8), "moe_u_k": (1, 4),
                     "moe_u_norm": ("before",), "moe_u_domain": ("code", "?"),
                     "moe_u_seed": (99,)}),
        ("text", {"moe_layer": (1, 4, 99), "moe_tok": (0, 9999, "x")}),
        ("sizes", {"moe_s_experts": (1, 2048), "moe_s_k": (1, 32), "moe_s_shared": (0, 8),
                   "moe_s_width": (64, 32768), "moe_s_context": (0, 131072),
                   "moe_model": ("?", *KNOWN_MODELS)}),
    ],
)  # fmt: skip
def test_the_other_views_controls_to_their_ends(view, values):
    at = open_page("moe", state={"moe_view": view})
    for key, tried in values.items():
        for value in tried:
            put(at, {key: value})
            assert_whole(at)


@pytest.mark.parametrize("words", NASTY.values(), ids=NASTY.keys())
def test_any_text_is_traced(words):
    at = open_page("moe", state={"moe_view": "text", "moe_text": words})
    assert_whole(at)
    if words:
        chips = pages.message(at, "moe_chips")["tokens"]
        assert 1 <= len(chips) <= 256
        assert all(chip["note"] for chip in chips)


def test_chips_carry_the_experts_of_the_layer():
    held = text.model()
    trace = held.trace("In the beginning")
    at = open_page("moe", state={"moe_view": "text", "moe_text": "In the beginning"})
    for layer in (1, 4):
        put(at, {"moe_layer": layer})
        notes = [chip["note"] for chip in pages.message(at, "moe_chips")["tokens"]]
        chosen = trace.expert_index[layer - 1].tolist()
        assert notes == ["·".join(str(e + 1) for e in experts) for experts in chosen]
    pages.click(at, "moe_chips", 2)
    assert at.session_state["moe_tok"] == 2


def test_bytes_of_a_cut_character_are_shown_as_bytes():
    held = text.model()
    ids = held.encode("床")
    assert len(ids) > 1
    pieces = [text.piece(held, i, held.token_text(i)) for i in ids]
    assert b"".join(p if isinstance(p, bytes) else p.encode() for p in pieces) == "床".encode()


def wait_for(at: AppTest, key: str, frames: int, seconds: float = 40) -> list[training.Slice]:
    """The run's pictures, once there are so many."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        run = at.session_state[f"{key}·run"][1]
        if len(run.frames) >= frames:
            return run.frames
        run.look()
        time.sleep(0.02)
    raise AssertionError(f"{len(run.frames)} of {frames} pictures after {seconds} s")


def test_training_starts_pauses_steps_and_begins_anew():
    at = open_page("moe", state={"moe_view": "learned"})
    at.button(key="moe_run_start").click().run()
    wait_for(at, "moe_run", 2)
    at.run()
    at.button(key="moe_run_pause").click().run()
    run = at.session_state["moe_run·run"][1]
    run.wait(20)
    stood = len(run.frames)
    at.run()
    assert_whole(at)
    at.button(key="moe_run_step").click().run()
    frames = wait_for(at, "moe_run", stood + 1)
    assert frames[-1].frame.step == training.SLICE * len(frames)
    run.wait(20)
    at.run()
    pages.send(at, "moe_back", 0)
    assert pages.message(at, "moe_plane")["alt"].startswith("Territories of 8 experts, step 0;")
    at.button(key="moe_run_reset").click().run()
    assert at.session_state["moe_run·run"][1].frames == []
    assert_whole(at)


def test_turning_the_balancing_keeps_the_run_and_another_seed_begins_anew():
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


def test_pictures_are_those_of_the_trainer():
    settings = ToySettings(dataset="moons", num_experts=3, points=101)
    with torch.inference_mode():  # as on the worker's thread
        trainer = training.make(settings)
        taken = training.advance(trainer, training.Knobs(), 7)
    own = training.make(settings).step(7, training.GRID)
    assert taken.frame.losses == own.losses
    assert torch.equal(taken.frame.territory.long(), own.territory)


@pytest.mark.parametrize(("normalize", "same"), [("after", True), ("before", False)])
def test_copying_keeps_the_function_if_the_gates_sum_to_one(normalize, same):
    settings = ToySettings(num_experts=1, normalize="after", points=101)
    growth = training.Growth(training.make(settings), 4, 2, normalize, 20)
    pictures = [training.grow(growth, training.Knobs()) for _step in range(4)]
    assert [p.grown for p in pictures] == [False, False, True, True]
    assert [p.frame.step for p in pictures] == [10, 20, 20, 30]
    check = pictures[2].copied
    assert check is not None
    assert (check.largest_difference < 1e-4) == same
    assert len(pictures[3].frame.load.share) == 4


def test_upcycling_goes_through_in_the_page():
    at = open_page("moe", state={"moe_view": "growing", "moe_u_at": 10})
    for n in (1, 2, 3):
        at.button(key="moe_grow_step").click().run()
        wait_for(at, "moe_grow", n)
        at.session_state["moe_grow·run"][1].wait(20)
        at.run()
        assert_whole(at)
    assert pages.spec(at, "moe_grow_curves")["layout"]["annotations"][0]["text"] == "copied"
    assert len(pages.spec(at, "moe_grow_loads")["data"][0]["y"]) == 4


UPCYCLED = {"moe_view": "growing", "moe_u_of": "text"}


@pytest.mark.parametrize("words", NASTY.values(), ids=NASTY.keys())
def test_any_text_goes_through_the_copies(words):
    at = open_page("moe", state=UPCYCLED | {"moe_u_text": words})
    assert_whole(at)
    assert "moe_u_curves" in pages.keys(at, "plot")


def test_a_copied_language_model_says_what_the_dense_one_says():
    at = open_page("moe", state=UPCYCLED)
    dense, copies = pages.spec(at, "moe_u_surprisal")["data"]
    assert len(dense["y"]) >= 8
    assert list(dense["y"]) == pytest.approx(list(copies["y"]), abs=1e-4)
    put(at, {"moe_u_norm": "before"})
    dense, copies = pages.spec(at, "moe_u_surprisal")["data"]
    assert max(abs(a - b) for a, b in zip(dense["y"], copies["y"], strict=True)) > 0.1
    put(at, {"moe_u_domain": "code"})
    curves = pages.spec(at, "moe_u_curves")["data"]
    written = growing_text.record().curves["upcycled"].bits["code"]
    assert list(curves[1]["y"]) == pytest.approx(list(written))


def test_costs_of_copying():
    size = growing.sizes(8, 4, 2)
    assert size.total_parameters == 4 * size.dense_parameters + 4 * 16
    assert size.active_parameters == 2 * size.dense_parameters + 4 * 16


def test_choosing_a_model_fills_the_sliders():
    at = open_page("moe", state={"moe_view": "sizes"})
    put(at, {"moe_model": "DeepSeek-V3"})
    got = {key: at.session_state[key] for key in sizes.state_of("DeepSeek-V3")}
    assert got == sizes.state_of("DeepSeek-V3")
    put(at, {"moe_s_experts": 64})
    assert at.session_state["moe_s_experts"] == 64
    assert not any("its authors" in block for block in pages.blocks(at))
    linked = open_page("moe", query={"moe_view": "sizes", "moe_s_experts": "64"})
    assert linked.session_state["moe_s_experts"] == 64


def test_every_pitfall_opens():
    at = open_page("moe")
    for i in range(5):
        put(at, {f"moe_pitfall_{i}": True})
        assert_whole(at)


def test_downloads_are_complete():
    words = ("a", "b", "a")
    held = Now(batch=batch.run(batch.Settings(words)), text=text.model().trace("a b"))
    held_rows = downloads.batch_csv(held).splitlines()
    assert len(held_rows) == 1 + 3 * 2
    trace = held.text
    assert trace is not None
    assert len(downloads.text_csv(held).splitlines()) == 1 + len(trace.ids) * 4 * 2
    assert len(downloads.sizes_csv().splitlines()) == 1 + len(KNOWN_MODELS)
    rows = downloads.upcycling_csv().splitlines()
    curves = growing_text.record().curves.values()
    assert len(rows) == 1 + sum(4 * len(curve.steps) for curve in curves)
    empty = Now()
    for make in (downloads.batch_csv, downloads.text_csv, downloads.measured_csv):
        assert len(make(empty).splitlines()) == 1


def test_hidden_controls_work_undrawn_and_keep_their_place_in_the_link():
    at = open_page("moe", query={"moe_shared": "2", "moe_rounds": "-5", "moe_t_norm": "?"})
    assert "moe_shared" not in pages.keys(at)
    assert at.session_state["moe_shared"] == 2
    assert at.session_state["moe_rounds"] == 0
    assert at.session_state["moe_t_norm"] == "before"
    put(at, {"moe_rounds": 7})
    assert at.query_params["moe_rounds"] == "7"
    assert "moe_t_norm" not in at.query_params
    put(at, {"moe_rounds": 0})
    assert "moe_rounds" not in at.query_params


@pytest.mark.parametrize(
    ("view", "box", "keys"),
    [("hand", "moe_more", "moe_scale"), ("learned", "moe_t_more", "moe_t_bias"),
     ("growing", "moe_u_more", "moe_u_norm")],
)  # fmt: skip
def test_the_popover_draws_its_controls_when_it_opens(view, box, keys):
    at = open_page("moe", state={"moe_view": view})
    assert keys not in pages.keys(at)
    put(at, {box: True})
    assert keys in pages.keys(at)
    assert_whole(at)


def test_a_tokens_gates_and_sum_stand_in_the_formula():
    at = open_page("moe", state={"moe_words": "ha ha but", "moe_k": 1, "moe_cap": 0.25})
    put(at, {"moe_at": 2, "moe_norm": "before", "moe_shared": 1})
    said = pages.formulas(at)[0]
    held = batch.run(
        batch.Settings(("ha", "ha", "but"), 4, 1, "before", capacity_factor=0.25, shared=1)
    )
    step = held.steps[1]
    assert not step.kept[0], "the second of two equal words finds no room"
    expert, gate = step.experts[0] + 1, f"{step.gates[0]:.2f}"
    assert f"g_{{2}}&=(p_{{{expert}}})=({gate})" in said
    assert rf"y_{{2}}&=\cancel{{{gate}\,E_{{{expert}}}(x)}}+S_{{1}}(x)" in said


@pytest.mark.parametrize(("normalize", "full"), [("after", True), ("before", False)])
def test_the_gates_sum_stands_in_the_formula_of_the_copies(normalize, full):
    at = open_page("moe", state=UPCYCLED | {"moe_u_norm": normalize, "moe_u_k": 2})
    said = pages.formulas(at)[0]
    assert r"\text{top-}2" in said
    assert ("_{1.00}" in said) == full


def test_a_long_text_is_cut_and_the_page_says_so():
    at = open_page("moe", state=UPCYCLED | {"moe_u_text": "light " * 9000})
    assert len(pages.spec(at, "moe_u_surprisal")["data"][0]["y"]) == growing_text.LONGEST - 1
    assert any(str(growing_text.LONGEST) in said for said in pages.blocks(at))


@pytest.mark.parametrize(("k", "most"), [(1, "8 at most"), (4, "2 at most")])
def test_the_most_that_the_balancing_loss_can_be(k, most):
    at = open_page("moe", state={"moe_view": "learned", "moe_t_k": k})
    assert any(most in block for block in pages.blocks(at))


@pytest.mark.parametrize(
    ("state", "key"),
    [
        ({"moe_experts": 2, "moe_k": 4}, "moe_k"),
        ({"moe_view": "learned", "moe_t_experts": 2, "moe_t_k": 4}, "moe_t_k"),
        (UPCYCLED | {"moe_u_experts": 2, "moe_u_k": 4}, "moe_u_k"),
        ({"moe_view": "sizes", "moe_s_experts": 2, "moe_s_k": 4}, "moe_s_k"),
    ],
)
def test_asking_for_more_experts_than_there_are_is_said(state, key):
    said = pages.message(open_page("moe", state=state), key)
    assert "all 2" in str(said)
