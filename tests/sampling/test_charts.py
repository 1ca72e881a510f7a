from __future__ import annotations

import numpy as np
import pytest
import torch

from charts import sampling as charts
from charts.sampling import bars
from core.sampling import (
    SamplingParams,
    beam_search,
    draw_counts,
    greedy_search,
    sampling_trace,
    worked_table,
)
from tests.charts_helper import assert_valid

LOGITS = torch.randn(53, generator=torch.Generator().manual_seed(3)) * 2


def labels(ids):
    return [f"t{i}" for i in ids]


def test_distribution_shows_what_core_computed():
    trace = sampling_trace(LOGITS, SamplingParams(temperature=0.7, top_k=7, top_p=0.9))
    ids = charts.shown_ids(trace, 11)
    spec = charts.distribution(trace, ids, labels(ids))
    figure = assert_valid(spec)
    kept, removed, final = (np.asarray(figure.data[i].x) for i in range(3))
    assert ids == trace.order[:11].tolist()
    np.testing.assert_allclose(final[:11], trace.probs[ids], rtol=1e-6)
    np.testing.assert_allclose((kept + removed)[:11], trace.raw_probs[ids], rtol=1e-6)
    np.testing.assert_allclose(removed[:11] > 0, ~trace.kept[ids].numpy())
    # With the tail, every bar together is the whole distribution: nothing is renormalized.
    assert (kept + removed).sum() == pytest.approx(1, abs=1e-5)
    assert final.sum() == pytest.approx(1, abs=1e-5)
    assert figure.layout.yaxis.ticktext[-1] == "42 more"


def test_a_small_table_has_no_tail():
    trace = sampling_trace([1.0, 0.5, 0.0], SamplingParams())
    spec = charts.distribution(trace, [0, 1, 2], ["a", "b", "c"])
    assert assert_valid(spec).layout.yaxis.ticktext == ("a", "b", "c")


def test_labels_are_text():
    trace = sampling_trace([1.0, 0.5], SamplingParams())
    spec = charts.distribution(trace, [0, 1], ["<b>x</b>", "&amp;"])
    text = assert_valid(spec).layout.yaxis.ticktext
    assert text == ("&lt;b&gt;x&lt;/b&gt;", "&amp;amp;")
    assert "<b>x" not in spec["data"][0]["hovertext"][0].removeprefix("<b>")


def test_shown_ids_make_room_for_what_penalties_raise():
    logits = torch.tensor([9.0, 8.0, 7.0, 1.0, 0.5, 0.0, -1.0])
    params = SamplingParams(repetition_penalty=10.0)
    trace = sampling_trace(logits, params, previous_ids=[0, 1, 2])
    shown = charts.shown_ids(trace, 3, 2)
    assert shown[0] == 0
    assert len(shown) == 3
    assert int(trace.probs.argmax()) in shown


def test_axis_ends_come_in_steps():
    assert bars.axis_end([0.011], [0.003]) == 0.02
    assert bars.axis_end(torch.tensor([0.2]), torch.tensor([0.51])) == 1.0
    assert bars.axis_end([0.2]) == 0.2


def test_draws_beside_the_exact_distribution():
    trace = sampling_trace(LOGITS, SamplingParams())
    counts = draw_counts(trace.probs, torch.Generator().manual_seed(5), 1009)
    ids = charts.shown_ids(trace, 7)
    figure = assert_valid(charts.draws(counts, trace.probs, ids, labels(ids)))
    exact, seen = np.asarray(figure.data[0].x), np.asarray(figure.data[2].x)
    np.testing.assert_allclose(exact[:7], trace.probs[ids], rtol=1e-5)
    np.testing.assert_allclose(seen[:7] * 1009, counts.counts[ids], rtol=1e-6)
    assert exact.sum() == pytest.approx(1, abs=1e-5)
    assert seen.sum() == pytest.approx(1, abs=1e-9)
    p = float(trace.probs[ids[0]])
    spread = np.asarray(figure.data[0].error_x.array)
    assert spread[0] == pytest.approx(2 * (p * (1 - p) / 1009) ** 0.5, rel=1e-5)
    rest = 1 - float(trace.probs[ids].sum())
    assert 0.1 < rest < 0.9
    assert spread[-1] == pytest.approx(2 * (rest * (1 - rest) / 1009) ** 0.5, rel=1e-5)


def test_only_a_lone_probability_is_100_per_cent():
    assert charts.shares([1.0, 1e-9]) == ["> 99.99 %", "1.0·10⁻⁹"]
    assert charts.shares([1.0, 0.0]) == ["100 %", "0 %"]
    assert charts.share(1.0, torch.tensor([True, True])) == "> 99.99 %"
    assert charts.share(1.0, torch.tensor([True, False])) == "100 %"
    trace = sampling_trace([9.0, 0.0], SamplingParams(temperature=0.05))
    assert trace.probs.tolist()[0] == 1.0
    assert trace.kept.all()
    hovers = charts.distribution(trace, [0, 1], ["a", "b"])["data"][0]["hovertext"]
    assert "after 0 %" not in hovers[1]
    assert "100 %" not in hovers[0]
    trace = sampling_trace([9.0, 0.0], SamplingParams(temperature=0.01))
    assert trace.probs.tolist() == [1.0, 0.0], "rounded, but both tokens are kept"
    assert charts.distribution(trace, [0, 1], ["a", "b"])["data"][3]["text"] == [" > 99.99 %", ""]
    pair = charts.side_by_side([1.0, 0.0], [1.0, 0.0], "ab", ("A", "B"), alone=(False, True))
    assert [t["text"][0] for t in pair["data"][2:]] == [" > 99.99 %", " 100 %"]


def test_alternatives_mark_the_chosen_token():
    figure = assert_valid(charts.alternatives(["a", "b", "c"], [0.5, 0.3, 0.1], [0.6, 0.4, 0.0], 1))
    assert list(figure.data[1].x) == [0.6, 0.0, 0.0]
    assert list(figure.data[2].x) == [0.0, 0.4, 0.0]
    assert figure.data[2].marker.color != figure.data[1].marker.color
    assert figure.data[3].text[2] == ""


def test_two_distributions_side_by_side():
    trace = worked_table()
    spec = charts.side_by_side(trace.right, trace.mistake, ["a", "b", "c", "d"], ("p", "q"))
    figure = assert_valid(spec)
    np.testing.assert_allclose(figure.data[0].x, [0.848, 0.152, 0, 0], atol=5e-4)
    np.testing.assert_allclose(figure.data[1].x, [0.660, 0.340, 0, 0], atol=5e-4)


def search(steps=3, beams=2):
    table = torch.tensor([[0.0, 0.6, 0.4], [0.3, 0.4, 0.3], [0.05, 0.05, 0.9]]).log()

    def next_log_probs(prefixes):
        return torch.stack([table[prefix[-1]] for prefix in prefixes])

    tree = beam_search(next_log_probs, [0], beams, steps)
    return tree, greedy_search(next_log_probs, [0], steps)


@pytest.mark.parametrize("step", [0, 1, 2, 3])
def test_beam_tree_draws_the_candidates_up_to_a_step(step):
    tree, greedy = search()
    figure = assert_valid(charts.beam_tree(tree, greedy, "abc".__getitem__, step))
    drawn = {trace.name: trace for trace in figure.data if trace.name}
    for status in ("kept", "pruned", "finished"):
        nodes = [n for n in tree.nodes if n.status == status and n.step <= step]
        assert centers(drawn[status]) == [(n.step, n.rank) for n in nodes]
    boxes = next(trace for trace in figure.data if trace.fill and trace.line.color == "#d06000")
    assert [x for x, _y in centers(boxes)] == list(range(1, step + 1))
    (texts,) = (trace for trace in figure.data if trace.customdata is not None)
    seen = [node for node in tree.nodes if node.step <= step]
    assert list(texts.customdata) == [node.id for node in seen]
    for text, node in list(zip(texts.text, seen, strict=True))[1:]:
        token, p = text.split("<br>")
        assert token == "abc"[node.token]
        assert float(p.removesuffix(" %")) == pytest.approx(100 * np.exp(node.log_prob), rel=0.05)


def centers(boxes):
    """The centers of rectangles drawn as closed lines of five points."""
    x, y = (np.array(list(values), dtype=float).reshape(-1, 6) for values in (boxes.x, boxes.y))
    middles = (x[:, 0] + x[:, 1]) / 2, (y[:, 1] + y[:, 2]) / 2
    return [(round(a, 6), round(b, 6)) for a, b in zip(*middles, strict=True)]


def test_the_edges_of_the_tree_touch_the_boxes_that_they_connect():
    tree, greedy = search()
    spec = charts.beam_tree(tree, greedy, "abc".__getitem__, tree.steps)
    sides = set()
    for trace in spec["data"]:
        if trace.get("fill"):
            sides |= {xy for xy in zip(trace["x"], trace["y"], strict=True) if xy[0] is not None}
    half = max(y for _x, y in sides if y < 0.5) + 1e-9  # of the height of a box
    edges = [
        trace
        for trace in spec["data"]
        if trace["mode"] == "lines"
        and not trace.get("fill")
        and trace["line"]["color"] != "@accent"
    ]
    assert len(edges) == 4
    for trace in edges:
        ends = [xy for xy in zip(trace["x"], trace["y"], strict=True) if xy[0] is not None]
        assert ends
        for x, y in ends:
            assert any(abs(x - a) < 1e-9 and abs(y - b) <= half for a, b in sides)


def test_the_tree_has_the_same_elements_at_every_step():
    tree, greedy = search()
    specs = [charts.beam_tree(tree, greedy, "abc".__getitem__, step) for step in range(4)]
    kinds = [[(t["type"], t["mode"], t.get("name")) for t in spec["data"]] for spec in specs]
    assert all(kind == kinds[0] for kind in kinds)


def test_the_best_beam_is_followed_to_its_end():
    tree, greedy = search()
    spec = charts.beam_tree(tree, greedy, str, tree.steps)
    best = next(trace for trace in spec["data"] if trace["name"] == "best beam")
    ends = [y for y in best["y"] if y is not None][1::2]
    assert ends == [tree.nodes[i].rank for i in tree.path(tree.finals[0])[1:]]
