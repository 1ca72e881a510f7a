"""The activations page in process: every view, every end, nonsense, and numbers against torch."""

from __future__ import annotations

import csv
import io
import re

import pytest
import torch

from core.activations import gradient_through_depth
from pages.activations_parts import dead, depth, downloads
from pages.activations_parts.now import Now
from tests import pages

VIEWS = ("curves", "gated", "depth", "dead", "ffn")
#: Every slider: its ends, beyond them, and the view that draws it.
SLIDERS = {
    "act_x": ("curves", -5.0, 5.0),
    "act_beta": ("curves", 0.0, 50.0),
    "act_gate": ("gated", -4.0, 4.0),
    "act_value": ("gated", -4.0, 4.0),
    "act_depth": ("depth", 1, 60),
    "act_gain": ("depth", 0.2, 4.0),
    "act_dseed": ("depth", 0, 99),
    "act_rate": ("dead", 0.005, 1.0),
    "act_clip": ("dead", 0.1, 100.0),
    "act_tseed": ("dead", 0, 99),
    "act_offset": ("dead", 0.0, 10.0),
    "act_width": ("dead", 2, 48),
    "act_dim": ("ffn", 64, 8192),
    "act_inner": ("ffn", 64, 32768),
}


def opened(**state: object):
    return pages.open_page("activations", state=state or None)


def text_of(at) -> str:
    return re.sub(r"<[^>]+>", " ", " ".join(pages.blocks(at))).replace("−", "-")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("present", ["0", "1"])
def test_every_view_opens(view: str, present: str) -> None:
    at = opened(activations_view=view, present=present)
    pages.assert_whole(at)
    assert pages.keys(at, "plot")


@pytest.mark.parametrize("key", list(SLIDERS))
def test_sliders_at_their_ends_and_beyond(key: str) -> None:
    view, low, high = SLIDERS[key]
    at = opened(activations_view=view, act_curves="swish")
    for value in (low, high, low - 1e6, high + 1e6, "x", None):
        pages.put(at, {key: value})
        pages.assert_whole(at)
        assert low <= at.session_state[key] <= high


def test_the_cursor_reads_what_torch_computes() -> None:
    at = opened(act_x=1.5, act_set="gelu,silu,mish,tanh")
    pages.assert_whole(at)
    x = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    shown = text_of(at)
    for fn in (
        torch.nn.functional.gelu,
        torch.nn.functional.silu,
        torch.nn.functional.mish,
        torch.tanh,
    ):
        y = fn(x)
        (slope,) = torch.autograd.grad(y, x)
        assert f"{float(y.detach()):.3g}" in shown
        assert f"{float(slope):.3g}" in shown


def test_gelus_largest_difference_is_said() -> None:
    at = opened(act_curves="gelu", act_x=2.7)
    assert "0.000473" in text_of(at)
    assert "|x| = 2.70" in text_of(at)


def test_swish_with_beta_one_is_silu() -> None:
    at = opened(act_curves="swish", act_beta=1.0)
    drawn = {t["name"]: t["y"] for t in pages.spec(at, "act_plot")["data"] if "name" in t}
    assert drawn["Swish, β = 1"] == pytest.approx(drawn["SiLU (Swish)"])


@pytest.mark.parametrize("chosen", ["", "sigmoid", "mish,sigmoid,nonsense"])
def test_any_set_of_activations(chosen: str) -> None:
    for view, key in (("curves", "act_set"), ("depth", "act_d_set")):
        pages.assert_whole(opened(activations_view=view, **{key: chosen}))


@pytest.mark.parametrize(
    ("activation", "name"),
    [("sigmoid", "GLU"), ("relu", "ReGLU"), ("gelu", "GEGLU"), ("silu", "SwiGLU")],
)
@pytest.mark.parametrize("form", ["plane", "surface"])
def test_the_gated_units_have_their_names(activation: str, name: str, form: str) -> None:
    at = opened(activations_view="gated", act_gate_fn=activation, act_form=form)
    pages.assert_whole(at)
    assert re.search(rf"\b{name}\b", text_of(at))
    assert pages.spec(at, f"act_glu_{form}")["data"][0]["z"].shape == (41, 41)


def test_a_residual_brings_the_gradient_back() -> None:
    at = opened(activations_view="depth", act_d_set="sigmoid")
    bare = pages.spec(at, "act_depth_plot")["data"][0]["y"]
    assert bare[0] < 1e-8 < 1.0 == pytest.approx(bare[-1])
    pages.put(at, {"act_res": "1", "act_norm": "pre"})
    helped = pages.spec(at, "act_depth_plot")["data"][0]["y"]
    assert 0.1 < helped[0] < 100.0
    generator = torch.Generator().manual_seed(0)
    trace = gradient_through_depth(
        "sigmoid", 24, depth.WIDTH, residual=True, norm="pre", generator=generator
    )
    assert helped == pytest.approx(trace.gradient_norm.numpy())


@pytest.mark.parametrize("norm", ["none", "pre", "post"])
@pytest.mark.parametrize("residual", ["0", "1"])
def test_the_deepest_stack_of_everything(norm: str, residual: str) -> None:
    at = opened(
        activations_view="depth",
        act_d_set="sigmoid,tanh,relu,leaky_relu,elu,softplus,gelu,gelu_tanh,silu,mish",
        act_depth=60,
        act_gain=4.0,
        act_norm=norm,
        act_res=residual,
        act_below="spread",
    )
    pages.assert_whole(at)
    assert not pages.sentences(at)


def test_training_kills_the_one_and_not_the_other() -> None:
    at = opened(activations_view="dead", act_rate=0.3)
    plain, clipped = at.session_state["act_now"].runs
    assert len(plain) == len(clipped) == dead.UPDATES + 1
    assert torch.equal(plain[0].prediction, clipped[0].prediction)
    assert float(plain[-1].dead_share.mean()) == 1.0
    assert float(clipped[-1].dead_share.mean()) < 0.3
    assert clipped[-1].loss < plain[-1].loss / 2
    drawn = pages.spec(at, "act_dead")["data"]
    assert drawn[0]["y"] == pytest.approx([float(s.dead.double().mean()) for s in plain])
    assert drawn[3]["y"] == pytest.approx([s.loss for s in clipped])


def test_the_stepper_shows_the_training_up_to_an_update() -> None:
    at = opened(activations_view="dead", act_at=7)
    pages.assert_whole(at)
    assert pages.spec(at, "act_dead")["data"][0]["x"] == list(range(8))
    whole = opened(activations_view="dead").session_state["act_now"].runs[1]
    shown = pages.spec(at, "act_fit")["data"][2]["y"]
    assert shown == pytest.approx(whole[7].prediction.numpy())
    for value in (0, dead.UPDATES, -3, 1e9, "x", None):
        pages.put(at, {"act_at": value})
        pages.assert_whole(at)


def test_a_moved_rate_is_trained_at_once() -> None:
    at = opened(activations_view="dead")
    before = pages.spec(at, "act_dead")["data"][1]["y"]
    pages.put(at, {"act_rate": 0.02})
    after = pages.spec(at, "act_dead")["data"][1]["y"]
    assert len(after) == len(before) == dead.UPDATES + 1
    assert after[-1] < before[-1]


def test_a_network_that_diverges_is_said_to() -> None:
    at = opened(activations_view="dead", act_rate=1.0, act_clip=100.0, act_offset=10.0, act_tseed=2)
    pages.assert_whole(at)
    assert any("diverged" in said for said in pages.sentences(at))


def test_llamas_inner_width() -> None:
    at = opened(activations_view="ffn", act_dim=4096, act_inner=16384, act_multiple="256")
    assert pages.spec(at, "act_matrices")["data"][0]["x"][2] == 11008
    assert "135,266,304" in text_of(at)


@pytest.mark.parametrize("value", pages.NONSENSE)
def test_nonsense_in_the_url(value: str) -> None:
    names = (
        *SLIDERS, "activations_view", "act_curves", "act_set", "act_d_set", "act_slopes",
        "act_gate_fn", "act_form", "act_res", "act_norm", "act_init", "act_below", "act_t_fn",
        "act_multiple", "act_closed", "act_layer",
    )  # fmt: skip
    at = pages.open_page("activations", query=dict.fromkeys(names, value))
    pages.assert_whole(at)
    for view in VIEWS[1:]:
        pages.put(at, {"activations_view": view})
        pages.assert_whole(at)


def test_every_button_sets_a_state_that_draws() -> None:
    at = opened()
    labels = [button.label for button in at.button]
    assert len(labels) >= 11
    for i, _label in enumerate(labels[:11]):
        at.button[i].click().run()
        pages.assert_whole(at)
        assert not pages.sentences(at)


@pytest.mark.parametrize("which", range(5))
def test_pitfalls_are_shown_by_running_them(which: int) -> None:
    at = opened()
    before = len(pages.blocks(at))
    at.session_state[f"activations_pitfall_{which}"] = True
    at.run()
    pages.assert_whole(at)
    assert len(pages.blocks(at)) > before


def test_tables_to_take_away() -> None:
    at = opened(act_set="relu", activations_view="depth", act_depth=5)
    held = at.session_state["act_now"]
    deep = rows(downloads.depth(held))
    assert len(deep) == 3 * 6
    assert float(deep[5]["gradient_norm"]) == pytest.approx(1.0)
    assert deep[0]["saturated_share"] == ""
    pages.put(at, {"activations_view": "dead"})
    trained = rows(downloads.training(at.session_state["act_now"]))
    assert [row["update"] for row in trained] == [str(n) for n in range(dead.UPDATES + 1)] * 2
    assert {row["clipping"] for row in trained} == {"off", "on"}
    assert len(rows(downloads.known())) >= 9
    for make in (downloads.depth, downloads.training, downloads.gates):
        assert rows(make(Now())) == []


def test_curves_to_take_away() -> None:
    table = rows(downloads.curves())
    assert float(table[0]["x"]) == -5.0
    assert set(table[0]) == {
        "x", "relu", "relu_derivative", "gelu", "gelu_derivative", "silu", "silu_derivative"
    }  # fmt: skip


@pytest.mark.model
@pytest.mark.parametrize("name", list(pages.NASTY))
def test_any_text_through_the_model(name: str) -> None:
    at = opened(activations_view="model", act_text=pages.NASTY[name])
    pages.assert_whole(at)


@pytest.mark.model
def test_the_models_gates() -> None:
    at = opened(activations_view="model", act_text="The gate decides.", act_layer=29)
    pages.assert_whole(at)
    heat = pages.spec(at, "act_gate_map")["data"][0]["z"]
    assert heat.shape == (30, 97)
    assert heat.sum(axis=1) == pytest.approx(torch.ones(30).numpy(), abs=1e-4)
    pages.click(at, "act_gate_map", {"curve": 0, "point": 0, "x": 0.0, "y": 7, "data": None})
    pages.assert_whole(at)
    assert at.session_state["act_layer"] == 7
    assert len(rows(downloads.gates(at.session_state["act_now"]))) == 30
    for value in (-3, 99, "x"):
        pages.put(at, {"act_layer": value})
        pages.assert_whole(at)
