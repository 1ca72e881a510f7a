"""The optimizers page in process: its numbers are core's, and its sentences follow them."""

from __future__ import annotations

import html
import re

import pytest
import sympy
from streamlit.testing.v1 import AppTest

from charts.format import number
from core import optimizers as core
from pages.optimizers import controls, schedules
from tests import pages


def opened(view: str, **state: object) -> AppTest:
    return pages.open_page("optimizers", state={"optimizers_view": view, **state})


def text_of(at: AppTest) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", " ".join(pages.blocks(at)))).replace("−", "-")


def test_paths_are_cores_up_to_the_step() -> None:
    at = opened("paths", optimizers_step=7, optimizers_shown="momentum")
    pages.assert_whole(at)
    surface = core.SURFACES["ravine"]
    oracle = core.optimize(surface, surface.start, "momentum", 80, lr=0.09)
    _contours, _sgd, line, _adam = pages.spec(at, "optimizers_paths")["data"]
    assert list(line["x"]) == pytest.approx(oracle.positions[:8, 0].numpy())
    assert pages.formulas(at)[0].endswith(f"= {float(oracle.updates[7, 0]):.4g}")


def test_a_click_on_a_path_shows_the_numbers_of_its_update() -> None:
    at = opened("paths")
    pages.click(at, "optimizers_paths", {"curve": 2, "point": 5, "x": 0.0, "y": 0.0})
    pages.assert_whole(at)
    assert at.session_state["optimizers_shown"] == "momentum"
    assert at.session_state["optimizers_step"] == 5
    assert "momentum, update 6" in text_of(at)


def test_another_surface_brings_its_start_and_its_learning_rates() -> None:
    at = opened("paths", optimizers_rate=0.5, optimizers_x=1.0)
    pages.send(at, "optimizers_surface", "rosenbrock")
    pages.assert_whole(at)
    assert pages.message(at, "optimizers_rate")["value"] == controls.RATES["rosenbrock"][0]
    assert pages.spec(at, "optimizers_paths")["data"][1]["x"][0] == pytest.approx(-1.2)


@pytest.mark.parametrize("formula", ["", "x +", "__import__('os')", "<script>", "x^99", "1/0"])
def test_a_text_that_is_no_formula_gets_a_sentence(formula: str) -> None:
    at = opened("paths", optimizers_surface="own", optimizers_formula=formula)
    pages.assert_whole(at)
    assert any("formula" in said or "exponent" in said for said in pages.sentences(at))


def test_a_start_outside_the_domain_is_said_to_be_outside() -> None:
    at = opened("paths", optimizers_surface="own", optimizers_formula="log(x) + y^2")
    pages.assert_whole(at)
    assert "f has no value at the start" in text_of(at)


@pytest.mark.parametrize("method", controls.NAMES)
def test_every_methods_formula_ends_in_its_update(method: str) -> None:
    at = opened("paths", optimizers_shown=method, optimizers_methods=method, optimizers_step=3)
    pages.assert_whole(at)
    plain = method in controls.PLAIN
    surface, lr = core.SURFACES["ravine"], controls.RATES["ravine"][not plain]
    step = core.optimize(surface, surface.start, method, 4, lr=lr).steps[3]
    assert pages.formulas(at)[0].endswith(f"= {float(step.update[0]):.4g}")


def test_adam_shows_the_uncorrected_first_step() -> None:
    at = opened("adam")
    pages.assert_whole(at)
    assert "first step is 3.16 times the learning rate and the tenth 6.53" in text_of(at)
    pages.send(at, "optimizers_bbeta1", 0.0)
    assert "first step is 31.6 times" in text_of(at)


@pytest.mark.parametrize("case", ["axes", "scale", "decay"])
def test_every_comparison_has_its_curves(case: str) -> None:
    at = opened("adam", optimizers_case=case)
    pages.assert_whole(at)
    header, rows = pages.download(at, "optimizers", "adam-comparison.csv")
    lines = pages.spec(at, "optimizers_adam")["data"]
    assert header[1:] == [line["name"] for line in lines]
    assert len(rows) == len(lines[0]["x"])


def test_best_rates_shows_theory_and_measurement() -> None:
    at = opened("quadratic", optimizers_low=1.0, optimizers_high=0.01)
    pages.assert_whole(at)
    assert pages.formulas(at)[0].endswith("0.8182")
    for said in ("0.9802", "0.8182", "κ = λ₂/λ₁ = 100"):
        assert said in text_of(at)


@pytest.mark.parametrize(("index", "right"), [(0, 2), (1, 2), (2, 1), (3, 2)])
def test_questions_have_the_answer_that_core_computes(index: int, right: int) -> None:
    card = pages.answer("optimizers", index, right)
    assert card["right"], card["verdict"]
    assert re.search(r"\d", card["why"]), "the reason has the numbers"


def trained(at: AppTest, updates: int) -> AppTest:
    """Do some updates of the visitor's training, without waiting for its thread."""
    _signature, run = at.session_state["optimizers_training·run"]
    state = run._make()
    run.frames.extend(run._advance(state) for _update in range(updates))
    return at.run()


def test_schedules_train_one_model_under_each_rate() -> None:
    at = opened("schedules", optimizers_peak=0.01, optimizers_warmup=4, optimizers_schedule="wsd")
    pages.assert_whole(at)
    assert "Press Train" in text_of(at)
    pages.assert_whole(trained(at, 20))
    header, rows = pages.download(at, "optimizers", "schedules.csv")
    assert header[-2:] == ["learning rate", "loss"]
    table = {name: [r for r in rows if r[0] == name] for name in controls.SCHEDULES.values()}
    for kind, name in controls.SCHEDULES.items():
        got = [float(row[2]) for row in table[name]]
        assert got == [core.learning_rate(kind, i, 200, 0.01, 4) for i in range(200)]
    ends = {n: sum(float(row[3]) for row in found[10:20]) / 10 for n, found in table.items()}
    best, worst = min(ends, key=lambda n: ends[n]), max(ends, key=lambda n: ends[n])
    said = f"lowest under “{best}” ({number(ends[best])}) and highest under “{worst}”"
    assert said in text_of(at)
    assert "After 20 updates" in text_of(at)
    drawn = pages.spec(at, "optimizers_schedules")["data"]
    assert [line["line"]["width"] for line in drawn] == [2, 2, 2, 2, 5] * 2
    assert drawn[7]["y"][1] == pytest.approx(ends["half cosine"])


def test_a_training_ends_with_its_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "UPDATES", 2)
    at = opened("schedules")
    _signature, run = at.session_state["optimizers_training·run"]
    state = run._make()
    assert [run._advance(state) is None for _update in range(3)] == [False, False, True]


@pytest.mark.parametrize(("kind", "step"), [(k, s) for k in core.SCHEDULES for s in (2, 50, 170)])
def test_a_click_on_a_schedule_writes_its_rate(kind: str, step: int) -> None:
    at = opened("schedules", optimizers_warmup=10)
    curve = core.SCHEDULES.index(kind)
    pages.click(at, "optimizers_schedules", {"curve": curve, "point": step, "x": step, "y": 0.0})
    pages.assert_whole(at)
    assert at.session_state["optimizers_schedule"] == kind
    _eta, *terms = pages.formulas(at)[0].split(" = ")
    values = [evaluated(term) for term in terms]
    assert values == pytest.approx(
        [core.learning_rate(kind, step, 200, 0.02, 10)] * len(terms), 1e-3
    )


def evaluated(latex: str) -> float:
    """Return the value of a formula of a learning rate."""
    text = latex.replace(r"\left", "").replace(r"\right", "").replace(r"\cdot", "*")
    text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", text)
    text = re.sub(r"\^\{(.*?)\}", r"**(\1)", text)
    text = re.sub(r"\\sqrt\{(.*)\}", r"sqrt(\1)", text)
    return float(sympy.N(text.replace("\\", "").replace(")(", ")*(")))


def test_clipping_shows_both_paths_and_their_losses() -> None:
    at = opened("clipping")
    pages.assert_whole(at)
    plain = core.optimize(core.CLIFF, (5.0, -2.0), "sgd", 80, lr=1.0)
    clipped = core.optimize(core.CLIFF, (5.0, -2.0), "sgd", 80, lr=1.0, max_norm=0.2)
    losses = [number(float(one.values[80])) for one in (plain, clipped)]
    assert f"loss is {losses[0]} without clipping and {losses[1]} with clipping" in text_of(at)
    longest = [number(float(one.updates.norm(dim=-1).max())) for one in (plain, clipped)]
    assert f"so far is {longest[0]} without and {longest[1]} with clipping" in text_of(at)
    _contours, *lines = pages.spec(at, "optimizers_cliff")["data"]
    for line, one in zip(lines, (plain, clipped), strict=True):
        assert list(line["x"]) == pytest.approx(one.positions[:, 0].numpy())
    over = int((clipped.gradients.norm(dim=-1) > 0.2).sum())
    assert re.search(rf"\b{over}\s+of 80 so far", text_of(at)), over


def test_a_click_on_the_cliff_writes_the_clipped_update() -> None:
    at = opened("clipping")
    pages.click(at, "optimizers_cliff", {"curve": 2, "point": 24, "x": 0.0, "y": 0.0})
    pages.assert_whole(at)
    one = core.optimize(core.CLIFF, (5.0, -2.0), "sgd", 25, lr=1.0, max_norm=0.2).step(24)
    formula = pages.formulas(at)[0]
    assert formula.startswith(rf"\lVert g \rVert = {float(one.gradient.norm()):.4g},")
    assert formula.endswith(f"= {float(one.update[0]):.4g}")


def test_muon_shows_the_singular_values_of_the_step() -> None:
    at = opened("muon", optimizers_g11=1.0, optimizers_mstep=0)
    pages.assert_whole(at)
    pages.click(at, "optimizers_muon", {"curve": 3, "point": 2, "x": 2, "y": 0.0})
    pages.assert_whole(at)
    found = core.orthogonalization([[1.0, 1.5], [1.0, 1.0]], 8)
    now = [number(float(value)) for value in (*found.singular_values[2], *found.before)]
    text = (
        "After 2 iterations the singular values are {} and {}; those of the gradient are {} and {}."
    )
    assert text.format(*now) in text_of(at)
    assert f"&= {float(found.singular_values[2, 1]):.4g}" in pages.formulas(at)[0]
    column = core.orthogonalization([[1.0], [1.0]], 2).singular_values[2, 0]
    assert re.search(rf"first column alone\s+{number(float(column))}\s", text_of(at))


@pytest.mark.parametrize(("entries", "said"), [((0, 0, 0, 0), "is 0"), ((1, 2, 1, 2), "rank 1")])
def test_muon_says_what_a_singular_gradient_does(entries: tuple[int, ...], said: str) -> None:
    keys = ("11", "12", "21", "22")
    state = {f"optimizers_g{k}": float(v) for k, v in zip(keys, entries, strict=True)}
    at = opened("muon", **state)
    pages.assert_whole(at)
    assert said in text_of(at)
