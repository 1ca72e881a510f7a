"""Figures of the MoE page: accepted by Plotly, and their numbers are core's."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from charts import moe as charts
from charts.moe.borders import borders
from charts.theme import PALETTE
from core.moe import (
    DATASETS,
    KNOWN_MODELS,
    MoELayer,
    MoETrace,
    ToySettings,
    ToyTrainer,
    dense_at_equal_flops,
    moe_parameters,
    specialization_from_counts,
    token_steps,
)
from core.moe.tiny_lm import MoEConfig, load_moe_lm
from core.moe.tiny_lm_upcycling import Curve, UpcycledText, UpcyclingRecord
from tests.charts_helper import assert_valid

WORDS = ["a", "<b>b</b>", "猫", "d" * 40, " ", "f", "g"]


def passed(
    tokens: int = 7, experts: int = 5, top_k: int = 2, factor: float | None = None, shared: int = 0
) -> MoETrace:
    generator = torch.Generator().manual_seed(3)
    layer = MoELayer(
        3, 11, experts, top_k, shared, capacity_factor=factor, generator=generator
    )  # fmt: skip
    return layer(torch.randn(tokens, 3, generator=generator))


def test_eight_experts_have_eight_colors_of_the_theme():
    assert len(set(charts.EXPERTS)) == 8
    assert set(charts.EXPERTS) <= set(PALETTE)
    assert charts.color(0) == charts.color(8) != charts.color(1)
    assert charts.name(0) == "E1"


@pytest.mark.parametrize("stage", charts.STAGES)
@pytest.mark.parametrize("factor", [None, 0.5])
def test_the_routers_table_shows_every_stage(stage, factor):
    trace = passed(factor=factor)
    spec = charts.router(trace, WORDS, stage, 2)
    assert_valid(spec)
    routing, z = trace.routing, spec["data"][0]["z"]
    chosen = torch.zeros(7, 5, dtype=torch.bool).scatter(1, routing.expert_index, True)
    if stage in ("logits", "softmax"):
        assert torch.equal(z, routing.logits if stage == "logits" else routing.probs)
    else:
        kept = torch.zeros(7, 5, dtype=torch.bool).scatter(1, routing.expert_index, routing.kept)
        shown = kept if stage == "dispatch" else chosen
        assert torch.equal(~z.isnan(), shown)
        held = routing.probs.gather(1, routing.expert_index)
        wanted = held if stage == "chosen" else routing.gate
        got = z.gather(1, routing.expert_index)
        there = ~got.isnan()
        assert torch.equal(got[there], wanted[there])
    crosses = [t for t in spec["data"] if t.get("marker", {}).get("symbol") == "x"]
    assert [len(t["x"]) for t in crosses] == (
        [routing.dropped] if stage == "dispatch" and factor else []
    )
    row, cell = charts.router(trace, WORDS, stage, 2, 3)["layout"]["shapes"]
    assert row["y0"] == cell["y0"] < 2 < row["y1"] == cell["y1"]
    assert cell["x0"] < 3 < cell["x1"]
    assert not any(
        mark["visible"] for mark in charts.router(trace, WORDS, stage, -1)["layout"]["shapes"]
    )
    assert spec["layout"]["yaxis"]["ticktext"][1].startswith("&lt;b")


@pytest.mark.parametrize("factor", [None, 0.3, 1.0])
@pytest.mark.parametrize("at", [-1, 0, 3, 6])
def test_queues_hold_who_has_arrived(factor, at):
    trace = passed(factor=factor)
    spec = charts.queues(trace, WORDS, at)
    assert_valid(spec)
    taken = next(t for t in spec["data"] if t.get("name") == "accepted")
    steps = token_steps(trace)
    queue = steps[at].queue if at >= 0 else (0,) * 5
    assert [taken["x"].count(e) for e in range(5)] == list(queue)
    dropped = [t for t in spec["data"] if t.get("name") == "dropped"]
    fallen = sum(step.kept.count(False) for step in steps[: at + 1])
    assert sum(len(t["x"]) for t in dropped) == fallen
    if factor is not None:
        line = spec["layout"]["shapes"][0]["y0"]
        assert all(base + 0.92 <= line for base in taken["base"])
        assert all(base > line for t in dropped for base in t["base"])
    low, high = spec["layout"]["yaxis"]["range"]
    assert low == charts.queues(trace, WORDS, 6)["layout"]["yaxis"]["range"][0] > high


def test_numbers_stand_in_the_chosen_cells_and_in_the_row_looked_at():
    trace = passed()
    texts = next(
        t for t in charts.router(trace, WORDS, "softmax", 2)["data"]
        if t.get("mode") == "text"
    )  # fmt: skip
    there = {
        (int(y), int(x)) for x, y in zip(texts["x"].tolist(), texts["y"].tolist(), strict=True)
    }
    chosen = {(t, e) for t, row in enumerate(trace.routing.expert_index.tolist()) for e in row}
    assert there == chosen | {(2, e) for e in range(5)}
    probs = trace.routing.probs.detach()
    for x, y, text in zip(texts["x"].long(), texts["y"].long(), texts["text"], strict=True):
        assert text == charts.two_decimals(float(probs[y, x]))


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_plane_shows_winners_borders_and_points(dataset):
    trainer = ToyTrainer(ToySettings(dataset=dataset, num_experts=5, points=101))
    frame = trainer.step(3, grid=17)
    spec = charts.plane(frame, trainer.points, trainer.labels, 5)
    assert_valid(spec)
    ground, boundary, *rest = spec["data"]
    assert torch.equal(ground["z"].long() - 1, frame.winner_map)
    scale = ground["colorscale"]
    assert [color for _place, color in scale[::2]] == [charts.color(e) for e in range(5)]
    dots, names = rest[:-1], rest[-1]
    assert sum(len(t["x"]) for t in dots) == 101
    assert len({t["marker"]["symbol"] for t in dots}) == len(dots) == trainer.classes
    low, high = frame.extent
    step = (high - low) / 16
    for x, y, said in zip(names["x"], names["y"], names["text"], strict=True):
        cell = frame.winner_map[round((y - low) / step), round((x - low) / step)]
        assert charts.name(int(cell)) == said
    cells = [[low + step * v for v in axis] for axis in borders(frame.decision)]
    assert boundary["x"].tolist() == pytest.approx(cells[0], nan_ok=True)
    assert boundary["y"].tolist() == pytest.approx(cells[1], nan_ok=True)


@given(st.integers(0, 10**6), st.integers(2, 9), st.integers(2, 9), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_borders_run_once_between_all_cells_that_differ(seed, rows, columns, classes):
    generator = torch.Generator().manual_seed(seed)
    cells = torch.randint(classes, (rows, columns), generator=generator)
    wanted = set()
    for r in range(rows):
        for c in range(columns):
            if c + 1 < columns and cells[r, c] != cells[r, c + 1]:
                wanted.add(((c + 0.5, r - 0.5), (c + 0.5, r + 0.5)))
            if r + 1 < rows and cells[r, c] != cells[r + 1, c]:
                wanted.add(((c - 0.5, r + 0.5), (c + 0.5, r + 0.5)))
    drawn = []
    corners = list(zip(*borders(cells), strict=True))
    for (ax, ay), (bx, by) in itertools.pairwise(corners):
        if not math.isnan(ax + bx):
            assert (ax == bx) != (ay == by)
            n = round(abs(bx - ax) + abs(by - ay))
            points = [(ax + (bx - ax) * i / n, ay + (by - ay) * i / n) for i in range(n + 1)]
            drawn += [tuple(sorted(pair)) for pair in itertools.pairwise(points)]
    assert sorted(drawn) == sorted(wanted)


def test_loads_leave_room_for_the_copies():
    trainer = ToyTrainer(ToySettings(num_experts=1, normalize="after", points=53))
    spec = charts.loads(trainer.step(0, grid=2), 4, 0)
    assert_valid(spec)
    bars = spec["data"][0]
    assert bars["y"] == [1.0, 0, 0, 0]
    assert bars["text"] == ["", "copy", "copy", "copy"]
    assert bars["marker"]["line"]["width"] == [3, 0, 0, 0]


def test_loads_name_the_dead_and_draw_the_even_share():
    trainer = ToyTrainer(ToySettings(dataset="moons", balance_weight=0.0, num_experts=7))
    frame = trainer.step(60, grid=5)
    spec = charts.loads(frame, 7)
    assert_valid(spec)
    bars = spec["data"][0]
    assert bars["y"] == list(frame.load.share)
    assert frame.dead
    assert [e for e, word in enumerate(bars["text"]) if word == "dead"] == list(frame.dead)
    assert spec["layout"]["shapes"][0]["y0"] == pytest.approx(1 / 7)
    assert spec["layout"]["yaxis"]["range"][1] >= max(frame.load.share)


def test_curves_are_the_losses_of_the_frames():
    trainer = ToyTrainer(ToySettings(num_experts=3, points=53))
    frames = [trainer.step(n, grid=2) for n in (0, 2, 3)]
    spec = charts.curves(frames, [(2, "copied")])
    assert_valid(spec)
    task, balance = spec["data"]
    assert task["x"].tolist() == [0, 2, 5]
    assert task["y"].tolist() == pytest.approx([f.losses.task for f in frames])
    assert balance["y"].tolist() == pytest.approx([f.losses.balance for f in frames])
    assert spec["layout"]["shapes"][0]["x0"] == 2
    assert charts.loss_words(frames[-1]).startswith("task loss")
    many = charts.curves([frames[0]] * 900 + [frames[-1]], now="weight 0.2")
    assert len(many["data"][0]["x"]) <= 202
    assert many["data"][0]["x"][-1] == 5
    assert many["layout"]["annotations"][0]["text"] == "weight 0.2"


def test_no_mark_of_the_training_borrows_an_experts_color():
    trainer = ToyTrainer(ToySettings(num_experts=3, points=53))
    frame = trainer.step(2, grid=9)
    marks = [
        *charts.curves([frame])["data"],
        charts.plane(frame, trainer.points, trainer.labels, 3)["data"][1],
        *charts.curves([frame], [(1, "copied")])["layout"]["shapes"],
    ]
    assert {mark["line"]["color"] for mark in marks} == {"@ink"}


def test_a_texts_token_in_every_layer():
    trace = load_moe_lm().trace("a b <b>")
    for at in (0, len(trace.ids) - 1):
        spec = charts.token_layers(trace, at, 1, "<b>")
        assert_valid(spec)
        assert torch.equal(spec["data"][0]["z"], trace.probs[:, at])
        assert spec["data"][0]["hovertext"][0][0].startswith("<b>&lt;b&gt;")
        outline = next(t for t in spec["data"] if t.get("mode") == "lines")
        middles = [
            (round((a + b) / 2), round((c + d) / 2))
            for a, b, c, d in zip(
                outline["x"][0::6], outline["x"][1::6], outline["y"][0::6], outline["y"][2::6],
                strict=True,
            )
        ]  # fmt: skip
        chosen = trace.expert_index[:, at].tolist()
        assert middles == [(e, layer) for layer, experts in enumerate(chosen) for e in experts]


@pytest.mark.parametrize("own", [None, (0.5, 0.25, 0.25)])
def test_specialization_in_shares_and_bits(own):
    counts = torch.tensor([[[7.0, 1], [0, 5], [0, 0]], [[2.0, 3], [2, 3], [3, 5]]])
    result = specialization_from_counts(("english", "<i>"), (7, 6), counts)
    spec = charts.specialized(result, 1, {"english": "English"}, own)
    assert_valid(spec)
    z = spec["data"][0]["z"]
    assert torch.allclose(z[:2], result.share[1].T.float(), atol=1e-6)
    assert (z[2].tolist() == list(own)) if own else len(z) == 2
    assert spec["layout"]["yaxis"]["ticktext"][1] == "&lt;i&gt;"
    assert torch.allclose(z.sum(dim=1), torch.ones(len(z)))
    bars = charts.information(result, 0)
    assert_valid(bars)
    assert bars["data"][0]["y"].tolist() == pytest.approx(result.mutual_information.tolist())
    assert bars["layout"]["yaxis"]["range"][1] == result.ceiling


@pytest.mark.parametrize("name", KNOWN_MODELS)
def test_the_bars_of_a_size_add_up(name):
    pair = dense_at_equal_flops(KNOWN_MODELS[name], 1024)
    spec = charts.compare_sizes(pair)
    assert_valid(spec)
    bars = [t["x"] for t in spec["data"] if t["type"] == "bar"]
    sums = [sum(column) * 1e9 for column in zip(*bars, strict=True)]
    assert sums == pytest.approx([pair.sparse.total, pair.sparse.active, pair.dense.total])


def test_the_landscape_has_every_known_model_in_sight():
    sizes = {name: moe_parameters(shape) for name, shape in KNOWN_MODELS.items()}
    spec = charts.landscape(sizes, sizes["DeepSeek-V3"])
    assert_valid(spec)
    points, here = spec["data"][1:]
    assert points["y"].tolist() == pytest.approx([s.total / 1e9 for s in sizes.values()])
    assert here["x"] == [sizes["DeepSeek-V3"].active / 1e9]
    for axis, values in (("xaxis", points["x"]), ("yaxis", points["y"])):
        low, high = spec["layout"][axis]["range"]
        assert low < float(values.log10().min()) < float(values.log10().max()) < high


@pytest.mark.parametrize(
    ("parameters", "said"),
    [(46_702_792_704, "46.7 B"), (1.571e12, "1.57 T"), (51, "51"), (999, "999"), (1000, "1.00 k")],
)
def test_billions(parameters, said):
    assert charts.billions(parameters) == said


def recorded() -> UpcyclingRecord:
    config = MoEConfig(expert_dim=96, num_experts=1, top_k=1)
    curves = {
        name: Curve(
            config, (0, 80, 160), {"english": (12.0, 8.0, 7.0 - i), "code": (12.0, 9.0, 8.0 - i)}
        )
        for i, name in enumerate(("dense", "upcycled", "wide", "experts"))
    }
    return UpcyclingRecord(80, curves)


def test_curves_of_upcycling_open_on_what_follows_the_copying():
    spec = charts.training_curves(recorded())
    assert_valid(spec)
    assert [trace["x"] for trace in spec["data"]] == [[0, 80, 160]] * 4
    assert spec["data"][0]["y"] == pytest.approx([12.0, 8.5, 7.5])
    low, high = spec["layout"]["yaxis"]["range"]
    assert low < 4.5 < 8.5 < high < 9, "the lowest and the highest value from step 80 on"
    code = charts.training_curves(recorded(), "code")
    assert code["data"][1]["y"] == pytest.approx([12.0, 9.0, 7.0])
    assert len({trace["name"] for trace in spec["data"]}) == 4
    assert spec["layout"]["shapes"][0]["x0"] == 80
    ends = {"dense": 7.5, "upcycled": 6.5, "wide": 5.5, "experts": 4.5}
    assert recorded().final() == pytest.approx(ends)


@pytest.mark.parametrize("text", ["<b>x</b> y", "light " * 60])
def test_surprisals_before_and_after_are_cores(text):
    model = load_moe_lm()
    trace = model.trace(text)
    spec = charts.surprisals(UpcycledText(trace, trace, 0.0), [*trace.tokens])
    assert_valid(spec)
    bars, marks = spec["data"]
    torch.testing.assert_close(bars["y"], trace.surprisal[1:])
    torch.testing.assert_close(marks["y"], trace.surprisal[1:])
    assert "<b><</b>" not in str(bars["hovertext"])
    assert ("<b>&lt;</b>" in str(bars["hovertext"])) == ("<" in text)
    assert ("ticktext" in spec["layout"]["xaxis"]) == (len(trace.ids) <= 40)
