"""The activations page in process: every view, hostile input, and numbers against torch."""

from __future__ import annotations

import re

import pytest
import torch

from core.activations import gradient_through_depth
from pages.activations import controls, depth
from tests import pages

VIEWS = ("curves", "gated", "depth", "dead", "ffn")


def opened(**state: object):
    return pages.open_page("activations", state=state or None)


def text_of(at) -> str:
    return re.sub(r"<[^>]+>", " ", " ".join(pages.blocks(at))).replace("−", "-")


def table(at, filename: str) -> list[dict[str, str]]:
    header, rows = pages.download(at, "activations", filename)
    return [dict(zip(header, row, strict=True)) for row in rows]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("present", ["0", "1"])
def test_every_view_opens(view: str, present: str) -> None:
    at = opened(activations_view=view, present=present)
    pages.assert_whole(at)
    assert pages.keys(at, "plot")


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


def test_gelus_largest_difference_is_shown() -> None:
    at = opened(act_curves="gelu", act_x=2.7)
    assert "0.000473" in text_of(at)
    assert "|x| = 2.70" in text_of(at)


def test_swish_with_beta_one_is_silu() -> None:
    at = opened(act_curves="swish", act_beta=1.0)
    drawn = {t["name"]: t["y"] for t in pages.spec(at, "act_plot")["data"] if "name" in t}
    assert drawn["Swish, β = 1"] == pytest.approx(drawn["SiLU (Swish)"])


def test_swish_with_beta_zero_is_linear() -> None:
    at = opened(act_curves="swish", act_beta=0.0, act_x=3.0)
    row = re.search(r"<td>Swish, β = 0</td>(.*?)</tr>", " ".join(pages.blocks(at)))
    assert row is not None
    assert re.findall(r">([\d.]+)<", row[1]) == ["1.50", "0.500"]


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
    assert f"<b>{name}</b>" in " ".join(pages.blocks(at))
    assert pages.spec(at, f"act_glu_{form}")["data"][0]["z"].shape == (41, 41)


@pytest.mark.parametrize("tiny", ["5e-324", "-5e-324", "1e-310"])
@pytest.mark.parametrize("form", ["plane", "surface"])
def test_subnormal_values_are_shown(tiny: str, form: str) -> None:
    query = {"activations_view": "gated", "act_value": tiny, "act_gate": tiny, "act_form": form}
    at = pages.open_page("activations", query=query)
    pages.assert_whole(at)
    assert len(pages.keys(at, "plot")) == 2
    pages.put(at, {"activations_view": "curves", "act_x": float(tiny)})
    pages.assert_whole(at)


def test_a_residual_connection_restores_the_gradient() -> None:
    at = opened(activations_view="depth", act_d_set="sigmoid")
    bare = pages.spec(at, "act_depth_plot")["data"][0]["y"]
    assert bare[0] < 1e-8 < 1.0 == pytest.approx(bare[-1])
    pages.put(at, {"act_res": "1", "act_norm": "pre"})
    restored = pages.spec(at, "act_depth_plot")["data"][0]["y"]
    generator = torch.Generator().manual_seed(0)
    trace = gradient_through_depth(
        "sigmoid", 24, depth.WIDTH, residual=True, norm="pre", generator=generator
    )
    assert restored == pytest.approx(trace.gradient_norm.numpy())


def test_a_residual_connection_alone_is_said_to_explode() -> None:
    at = opened(activations_view="depth", act_d_set="sigmoid,relu", act_res="1")
    shown = text_of(at)
    assert "above 100 (exploded): ReLU; from 0.01 to 100: Sigmoid" in shown
    trace = depth.trace("relu", 24, residual=True)
    norms = trace.gradient_norm
    assert f"{float(norms[0]):,.0f}" in shown
    assert f"{float(norms[0]) ** (1 / 24):.2f}" in shown, "the mean factor of a layer"
    assert "at the input, 24 layers from the output" in shown
    pages.put(at, {"act_res": "0", "act_d_set": "sigmoid"})
    assert "below 0.01 (vanished): Sigmoid" in text_of(at)


def test_a_click_on_the_gradient_chooses_the_layer_and_writes_its_factor() -> None:
    at = opened(activations_view="depth", act_d_set="tanh", act_depth=9)
    pages.click(at, "act_depth_plot", {"curve": 0, "point": 4, "x": 4, "y": 2.0})
    pages.assert_whole(at)
    assert at.session_state["act_d_layer"] == 5, "the layer whose input was clicked"
    norms = depth.trace("tanh", 9).gradient_norm
    numbers = [f"{float(n):.3g}" for n in (norms[5], norms[4], norms[4] / norms[5])]
    assert "tanh {} → {} (× {})".format(*(n.ljust(4, "0") for n in numbers)) in text_of(at)
    for x in (None, "4", float("nan"), 10**9, -3):
        pages.click(at, "act_depth_plot", {"curve": 0, "point": 0, "x": x})
        pages.assert_whole(at)


def test_a_click_on_the_heatmap_moves_the_point_and_writes_its_arithmetic() -> None:
    at = opened(activations_view="gated")
    pages.click(at, "act_glu_plane", {"curve": 0, "point": [1, 2], "x": -1.2, "y": 3.0})
    pages.assert_whole(at)
    out = 3.0 * float(torch.nn.functional.silu(torch.tensor(-1.2)))
    assert pages.formulas(at)[0].endswith(f"={out:.3f}")
    dot = pages.spec(at, "act_glu_slice")["data"][2]
    assert (dot["x"], dot["y"]) == ([-1.2], [pytest.approx(out, abs=1e-6)])
    for x in (None, "1", float("nan"), 1e300):
        pages.click(at, "act_glu_plane", {"curve": 0, "point": 0, "x": x, "y": x})
        pages.assert_whole(at)


def test_each_update_has_a_sentence_with_its_numbers() -> None:
    at = opened(activations_view="dead", act_at=6, act_unit=4)
    row = table(at, "dead-units.csv")[6]
    norm = float(row["norm of the gradient"])
    shown = text_of(at)
    assert f"After update 6, without clipping: the gradient has norm {norm:,.0f}" in shown
    assert f"0.2 · {norm:,.0f} = {0.2 * norm:,.0f}; " in shown
    dead = 32 * (float(row["dead units, layer 1"]) + float(row["dead units, layer 2"]))
    assert f"{dead:.0f} of 64 units are dead" in shown
    drawn = pages.spec(at, "act_units")["data"]
    on_unit = [
        points
        for trace in drawn
        for x, y, points in zip(trace["x"], trace["y"], trace["customdata"], strict=True)
        if (x, y) == (4, 0)
    ]
    assert f"Unit 4 has a derivative other than 0 on {int(on_unit[0])} (layer 1)" in shown
    pages.click(at, "act_units", {"curve": 0, "point": 0, "x": 9, "y": 1})
    assert at.session_state["act_unit"] == 9
    pages.put(at, {"act_width": 5})
    pages.assert_whole(at)


def test_what_the_page_says_of_gradients_is_so() -> None:
    # "24 layers of sigmoid leave almost no gradient; tanh and ReLU keep far more."
    norms = {name: float(depth.trace(name, 24).gradient_norm[0]) for name in controls.LABELS}
    assert norms["sigmoid"] < 1e-10
    assert min(norms["tanh"], norms["relu"]) > 0.1
    # "Turn on “Residual connections”: the norm at the input is then 1.3 for sigmoid, but about
    # 23,000 for ReLU."
    for name, expected in (("sigmoid", 1.3), ("relu", 23_000)):
        trace = depth.trace(name, 24, residual=True)
        assert float(trace.gradient_norm[0]) == pytest.approx(expected, rel=0.02)
    # "With residual connections and LayerNorm before each layer, the norm of every gradient at
    # the input is between 1 and 10", and "both norms are between 1 and 10"
    for name in ("sigmoid", "tanh", "relu", "gelu", "silu"):
        trace = depth.trace(name, 24, residual=True, norm="pre")
        assert 1 < float(trace.gradient_norm[0]) < 10
    # "Weights 4 times as large saturate about two thirds of the tanh units."
    saturated = depth.trace("tanh", 24, gain=4.0).saturated_share
    assert float(saturated.mean()) == pytest.approx(2 / 3, abs=0.03)
    # "32 units", "below 5 % of the largest one", "all 16 examples"
    trace = depth.trace("tanh", 1)
    assert (*reversed(trace.hidden[0].shape), trace.saturation) == (32, 16, 0.05)
    # "Swish and GELU differ by about 0.02 at most"
    x = torch.linspace(-5, 5, 1001)
    difference = x * torch.sigmoid(1.7 * x) - torch.nn.functional.gelu(x)
    assert 0.019 < float(difference.abs().max()) < 0.021


@pytest.mark.parametrize("norm", ["none", "pre", "post"])
@pytest.mark.parametrize("residual", ["0", "1"])
def test_the_deepest_stack_of_everything(norm: str, residual: str) -> None:
    at = opened(
        activations_view="depth",
        act_d_set=",".join(controls.LABELS),
        act_depth=60,
        act_gain=4.0,
        act_norm=norm,
        act_res=residual,
        act_below="spread",
    )
    pages.assert_whole(at)
    assert not pages.sentences(at)


def test_training_kills_the_network_without_clipping_only() -> None:
    at = opened(activations_view="dead", act_rate=0.3)
    trained = table(at, "dead-units.csv")
    plain, clipped = trained[: controls.UPDATES + 1], trained[controls.UPDATES + 1 :]
    assert {row["clipping"] for row in plain} == {"without clipping"}
    assert {row["clipping"] for row in clipped} == {"with clipping"}
    assert [row["update"] for row in plain] == [str(n) for n in range(controls.UPDATES + 1)]
    assert plain[0]["loss"] == clipped[0]["loss"], "both start from the same weights"

    def dead(row: dict[str, str]) -> float:
        return (float(row["dead units, layer 1"]) + float(row["dead units, layer 2"])) / 2

    assert dead(plain[-1]) == 1.0
    assert dead(clipped[-1]) < 0.3
    assert float(clipped[-1]["loss"]) < float(plain[-1]["loss"]) / 2
    drawn = pages.spec(at, "act_dead")["data"]
    assert drawn[0]["y"] == pytest.approx([dead(row) for row in plain])
    assert drawn[5]["y"] == pytest.approx([float(row["loss"]) for row in clipped])


def test_the_stepper_shows_the_training_up_to_an_update() -> None:
    at = opened(activations_view="dead", act_at=7)
    pages.assert_whole(at)
    assert pages.spec(at, "act_dead")["data"][0]["x"].tolist() == list(range(8))
    assert len(table(at, "dead-units.csv")) == 2 * 8
    before = pages.spec(at, "act_fit")["data"][2]["y"]
    pages.put(at, {"act_at": 8})
    assert pages.spec(at, "act_fit")["data"][2]["y"] != pytest.approx(before)


def test_a_changed_rate_is_trained_at_once() -> None:
    at = opened(activations_view="dead")
    before = pages.spec(at, "act_dead")["data"][1]["y"]
    pages.put(at, {"act_rate": 0.02})
    after = pages.spec(at, "act_dead")["data"][1]["y"]
    assert len(after) == len(before) == controls.UPDATES + 1
    assert after[-1] < before[-1]


def test_a_network_that_diverges_is_reported() -> None:
    at = opened(activations_view="dead", act_rate=1.0, act_clip=100.0, act_offset=10.0, act_tseed=2)
    pages.assert_whole(at)
    assert "without clipping has diverged: its values overflowed" in text_of(at)


def test_llamas_inner_width() -> None:
    at = opened(activations_view="ffn")
    assert pages.spec(at, "act_matrices")["data"][0]["x"][2] == 11008
    assert "135,266,304" in text_of(at)


@pytest.mark.parametrize("which", range(5))
def test_pitfalls_are_shown_by_running_them(which: int) -> None:
    at = opened()
    before = len(pages.blocks(at))
    at.session_state[f"activations_pitfall_{which}"] = True
    at.run()
    pages.assert_whole(at)
    assert len(pages.blocks(at)) > before


def test_the_tables_hold_what_is_seen() -> None:
    at = opened(act_set="relu", activations_view="depth", act_depth=5)
    curves = table(at, "activations.csv")
    assert set(curves[0]) == {"x", "ReLU", "ReLU, derivative"}
    assert float(curves[0]["x"]) == -5.0
    layers = table(at, "depth.csv")
    assert [row["layer"] for row in layers] == list("012345") * 3
    assert float(layers[5]["norm of the gradient"]) == pytest.approx(1.0)
    assert layers[0]["saturated units"] == ""
    assert 0.2 < float(layers[13]["saturated units"]) < 0.8
    assert len(table(at, "ffn.csv")) >= 9
    pages.put(at, {"act_d_set": ""})
    assert table(at, "depth.csv") == []


def test_tables_are_chinese_on_a_chinese_page() -> None:
    at = pages.open_page("activations", query={"lang": "zh", "activations_view": "ffn"})
    for filename in ("depth.csv", "dead-units.csv", "ffn.csv"):
        header, rows = pages.download(at, "activations", filename)
        assert not [name for name in header if re.search("[a-z]{3}", name)], header
        assert rows
    assert {row[0] for row in pages.download(at, "activations", "dead-units.csv")[1]} == {
        "不裁剪",
        "梯度裁剪",
    }


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
    for y in ("x", None, [1], {}, float("nan")):
        pages.click(at, "act_gate_map", {"y": y})
        pages.assert_whole(at)
    gates = table(at, "gates.csv")
    assert [row["layer"] for row in gates] == [str(n) for n in range(30)]
    pages.put(at, {"act_text": ""})
    assert table(at, "gates.csv") == []
