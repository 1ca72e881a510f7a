"""Optimizers against `torch.optim`, `transformers`, SymPy and hand-computed numbers."""

from __future__ import annotations

import math
from typing import Any

import pytest
import sympy
import torch
from torch import Tensor

from core import optimizers as core
from core.normalization.tiny_training import TinyTrainer, TrainingSettings

torch_optim = torch.optim
RATES = (0.1, 0.05, 0.2, 0.01, 0.1, 0.3)  # changing, as under a schedule

ORACLES: list[tuple[str, dict[str, Any], Any, dict[str, Any]]] = [
    ("sgd", {}, torch_optim.SGD, {}),
    ("sgd", {"weight_decay": 0.3}, torch_optim.SGD, {}),
    ("momentum", {}, torch_optim.SGD, {"momentum": 0.9}),
    ("momentum", {"momentum": 0.5, "weight_decay": 0.1}, torch_optim.SGD, {}),
    ("nesterov", {}, torch_optim.SGD, {"momentum": 0.9, "nesterov": True}),
    ("adagrad", {}, torch_optim.Adagrad, {}),
    ("adagrad", {"weight_decay": 0.2, "eps": 1e-3}, torch_optim.Adagrad, {}),
    ("rmsprop", {}, torch_optim.RMSprop, {}),
    ("rmsprop", {"centered": True, "alpha": 0.7}, torch_optim.RMSprop, {}),
    ("rmsprop", {"momentum": 0.8, "weight_decay": 0.1}, torch_optim.RMSprop, {}),
    ("adam", {}, torch_optim.Adam, {}),
    ("adam", {"betas": (0.5, 0.9), "weight_decay": 0.2}, torch_optim.Adam, {}),
    ("adamw", {}, torch_optim.AdamW, {}),
    ("adamw", {"weight_decay": 0.5, "eps": 1e-2}, torch_optim.AdamW, {}),
    ("muon", {}, torch_optim.Muon, {}),
    ("muon", {"nesterov": False, "weight_decay": 0.0, "momentum": 0.8}, torch_optim.Muon, {}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "settings", "oracle", "extra"), ORACLES)
def test_every_method_is_torch_optim_step_for_step(
    method: str, settings: dict[str, Any], oracle: Any, extra: dict[str, Any]
) -> None:
    generator = torch.Generator().manual_seed(0)
    mine = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    theirs = torch.nn.Parameter(mine.clone())
    optimizer = oracle([theirs], lr=1.0, **extra | settings)
    state = None
    for rate in RATES:
        gradient = torch.randn(5, 3, generator=generator, dtype=torch.float64)
        before = mine.clone(), gradient.clone()
        done = core.update(method, mine, gradient, state, lr=rate, **settings)
        assert torch.equal(mine, before[0])
        assert torch.equal(gradient, before[1])
        torch.testing.assert_close(done.parameters - mine, done.delta, rtol=1e-9, atol=1e-12)
        mine, state = done.parameters, done.state
        optimizer.param_groups[0]["lr"] = rate
        theirs.grad = gradient
        optimizer.step()
        torch.testing.assert_close(mine, theirs.detach(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("method", core.METHODS[:-1])
def test_a_path_is_torch_optim_on_autograds_gradient(method: str) -> None:
    surface = core.SURFACES["beale"]
    oracle, extra = next((o, e) for m, s, o, e in ORACLES if m == method and not s)
    trace = core.optimize(surface, surface.start, method, len(RATES), lr=RATES)
    point = torch.nn.Parameter(torch.tensor(surface.start, dtype=torch.float64))
    optimizer = oracle([point], lr=1.0, **extra)
    for rate, step in zip(RATES, trace.steps, strict=False):
        torch.testing.assert_close(step.position, point.detach(), rtol=1e-9, atol=1e-10)
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        surface.value(point).backward()
        assert point.grad is not None
        torch.testing.assert_close(step.gradient, point.grad, rtol=1e-9, atol=1e-10)
        optimizer.step()
    assert len(trace) == len(RATES) or trace.left


def test_adam_by_hand() -> None:
    done = core.update("adam", [1.0], [2.0], lr=0.1)
    assert [float(x) for x in (done.state.m, done.state.v)] == pytest.approx([0.2, 0.004])
    assert [float(x) for x in (done.state.m_hat, done.state.v_hat)] == pytest.approx([2, 4])
    again = core.update("adam", done.parameters, [-1.0], done.state, lr=0.1)
    assert float(again.state.m) == pytest.approx(0.9 * 0.2 - 0.1)
    assert float(again.state.v_hat) == pytest.approx((0.999 * 0.004 + 0.001) / (1 - 0.999**2))


def test_several_tensors_at_once_are_each_updated() -> None:
    parameters, gradients = [torch.ones(2), torch.ones(3, 2)], [torch.ones(2), -torch.ones(3, 2)]
    first = core.update("adam", parameters, gradients, lr=0.1)
    second = core.update("adam", first.parameters, gradients, first.state, lr=0.1)
    assert second.parameters[0].tolist() == pytest.approx([0.8, 0.8])
    assert second.parameters[1].tolist() == [pytest.approx([1.2, 1.2])] * 3


@pytest.mark.parametrize(
    "call",
    [
        lambda: core.update("lion", [1.0], [1.0], lr=0.1),
        lambda: core.update("sgd", [1.0], [1.0], lr=0.1, betas=(0.9, 0.9)),
        lambda: core.update("adam", [1.0], [1.0], lr=0.1, betas=(0.9, 1.0)),
        lambda: core.update("adam", [1.0], [1.0], lr=0.1, betas=0.9),
        lambda: core.update("adam", [1.0], [1.0, 2.0], lr=0.1),
        lambda: core.update("adam", [1.0], [math.nan], lr=0.1),
        lambda: core.update("sgd", [1.0], [1.0], lr=-1),
        lambda: core.update("muon", [1.0], [1.0], lr=0.1),
        lambda: core.optimize(core.SURFACES["bowl"], [1.0, 1.0], "muon", 1, lr=0.1),
        lambda: core.optimize(core.SURFACES["bowl"], [1.0], "sgd", 1, lr=0.1),
        lambda: core.optimize(core.SURFACES["bowl"], [1.0, 1.0], "sgd", 2, lr=[0.1]),
        lambda: core.SURFACES["bowl"].value([1.0, 2.0, 3.0]),
        lambda: core.learning_rate("step", 0, 10, 1.0),
        lambda: core.learning_rate("linear", -1, 10, 1.0),
        lambda: core.learning_rate("linear", 0, 10, 1.0, floor=2.0),
        lambda: core.clip_by_norm([1.0], -1),
        lambda: core.newton_schulz([1.0, 2.0]),  # type: ignore
        lambda: core.best_rates(0.0, 1.0),
    ],
)
def test_bad_input_is_a_value_error_with_a_sentence(call: Any) -> None:
    with pytest.raises(ValueError, match=r"^\w+ .+\.$"):
        call()


FORMULAS = [
    *(surface.formula for surface in core.SURFACES.values()),
    "-x^2 + 2^-1*y", "sin(3*x)*cos(y) - tan(x/5)", "exp(-(x^2+y^2)/4) + pi*e",
    "log(4 + x)*sqrt(y + 5) + abs(x - y)", "tanh(x)/(2 + y)", "2**3**2*x - -y", ".5e1*x^-3 + y^1.5",
    "x/(1 + x^2*y)",
]  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS)
def test_formulas_and_gradients_are_sympys(formula: str) -> None:
    x, y = sympy.symbols("x y", real=True)
    names = {"x": x, "y": y, "abs": sympy.Abs, "e": sympy.E}
    oracle: Any = sympy.parse_expr(formula.replace("^", "**"), local_dict=names)
    surface = core.parse_surface(formula)
    for place in ((0.3, 0.7), (1.7, 0.2), (2.5, 1.9)):
        at = dict(zip((x, y), place, strict=True))
        expected = [float(f.subs(at)) for f in (oracle, oracle.diff(x), oracle.diff(y))]
        assert list(surface.at(*place)) == pytest.approx(expected, rel=1e-9, abs=1e-12)
        assert float(surface.value(list(place))) == pytest.approx(expected[0])
        assert surface.gradient(list(place)).tolist() == pytest.approx(expected[1:], rel=1e-9)


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "x +", "x y", "2x", "z", "x^y", "x^17", "x^9^9", "(x", "x)", "sin x", "x = 1",
        "__import__('os')", "x.real", "x[0]", "lambda: 1", "x if y else 1", "1e999*x^1e999", "x;y",
        "exec(x)", "x" * 201, "(" * 60 + "x" + ")" * 60, "-" * 150 + "x", "1/0", "log(-1)", "²",
        "٣", "x and y", "f'{x}'", "x,y", "0^-1", 3, None,
    ],
)  # fmt: skip
def test_anything_but_bounded_arithmetic_is_rejected(text: Any) -> None:
    with pytest.raises(ValueError, match=r"formula|exponent"):
        core.parse_surface(text)


@pytest.mark.parametrize("name", core.SURFACES)
def test_minima_are_minima(name: str) -> None:
    surface = core.SURFACES[name]
    near = torch.randn(50, 2, generator=torch.Generator().manual_seed(0)).double() * 1e-2
    for minimum in surface.minima:
        place = torch.tensor(minimum, dtype=torch.float64)
        assert surface.gradient(place).abs().max() < 1e-9
        assert bool((surface.value(place + near) > surface.value(place)).all())


def test_a_path_that_leaves_the_surface_ends() -> None:
    diverged = core.optimize(core.SURFACES["bowl"], [1.0, 1.0], "sgd", 500, lr=3.0)
    assert diverged.left
    assert len(diverged) < 500
    outside = core.optimize(core.parse_surface("log(x) + y^2"), [-1.0, 1.0], "adam", 5, lr=0.1)
    assert outside.left
    assert outside.steps == []


@pytest.mark.parametrize("kind", core.SCHEDULES)
@pytest.mark.parametrize("warmup", [0, 7, 20])
def test_schedules_are_those_of_transformers(kind: str, warmup: int) -> None:
    from transformers import optimization

    total, peak = 50, 0.3
    optimizer = torch_optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=peak)
    floor = 0.03 if kind in ("cosine", "wsd") else 0.0
    schedule = {
        "constant": lambda: optimization.get_constant_schedule_with_warmup(optimizer, warmup),
        "linear": lambda: optimization.get_linear_schedule_with_warmup(optimizer, warmup, total),
        "cosine": lambda: optimization.get_cosine_with_min_lr_schedule_with_warmup(
            optimizer, warmup, total, min_lr=floor
        ),
        "inverse_sqrt": lambda: optimization.get_inverse_sqrt_schedule(optimizer, warmup),
        "wsd": lambda: optimization.get_wsd_schedule(
            optimizer, warmup, total // 5, num_training_steps=total, min_lr_ratio=floor / peak
        ),
    }[kind]()
    for step in range(total + 1):
        mine = core.learning_rate(kind, step, total, peak, warmup, floor)
        assert mine == pytest.approx(schedule.get_last_lr()[0], abs=1e-12), step
        optimizer.step()
        schedule.step()
    assert core.learning_rate(kind, 10 * total, total, peak, warmup, floor) == mine


@pytest.mark.parametrize("max_norm", [0.0, 0.5, 100.0])
def test_clipping_is_torchs(max_norm: float) -> None:
    generator = torch.Generator().manual_seed(1)
    parts = [torch.randn(shape, generator=generator) for shape in ((3,), (2, 5))]
    before = [part.clone() for part in parts]
    found = core.clip_by_norm(parts, max_norm)
    assert all(map(torch.equal, parts, before))
    parameters = [torch.nn.Parameter(torch.zeros_like(part)) for part in parts]
    for parameter, part in zip(parameters, parts, strict=True):
        parameter.grad = part.clone()
    norm = torch.nn.utils.clip_grad_norm_(parameters, max_norm)
    assert found.norm == pytest.approx(float(norm))
    assert isinstance(found.gradients, list)
    for mine, parameter in zip(found.gradients, parameters, strict=True):
        torch.testing.assert_close(mine, parameter.grad)


def test_newton_schulz_moves_the_singular_values_and_keeps_their_vectors() -> None:
    matrix = torch.randn(3, 5, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    u, s, vh = torch.linalg.svd(matrix, full_matrices=False)
    a, b, c = 3.4445, -4.7750, 2.0315
    s = s / s.norm()
    for _ in range(5):
        s = a * s + b * s**3 + c * s**5
    expected = u @ s.diag() @ vh
    torch.testing.assert_close(core.newton_schulz(matrix), expected)
    torch.testing.assert_close(core.newton_schulz(matrix.T), expected.T)
    assert bool(((s > 0.65) & (s < 1.25)).all())


def measured_rate(trace: core.OptimizerTrace, last: int) -> float:
    distances: Tensor = trace.positions.norm(dim=-1)
    return float(distances[-1] / distances[-1 - last]) ** (1 / last)


def test_best_rates_on_a_quadratic() -> None:
    found = core.best_rates(0.01, 1.0)
    assert found.gradient_descent == pytest.approx(99 / 101)
    assert found.heavy_ball == pytest.approx(9 / 11)
    surface = core.quadratic(0.01, 1.0)
    descent = core.optimize(surface, [1.0, 1.0], "sgd", 300, lr=found.descent_lr)
    assert measured_rate(descent, 100) == pytest.approx(99 / 101, abs=1e-3)
    ball = core.optimize(
        surface, [1.0, 1.0], "momentum", 300, lr=found.ball_lr, momentum=found.ball_momentum
    )
    assert measured_rate(ball, 100) == pytest.approx(9 / 11, abs=0.01)


def test_first_steps_by_hand() -> None:
    found = core.first_steps(0.9, 0.99, 2)
    assert found.corrected.tolist() == pytest.approx([1, 1])
    assert found.uncorrected.tolist() == pytest.approx([1, 0.19 / (1 - 0.99**2) ** 0.5])


def test_adam_ignores_the_scale_of_the_loss_and_of_an_axis() -> None:
    found = core.scaled_loss(0.01)
    torch.testing.assert_close(found.adam, found.adam_plain, atol=1e-5, rtol=0)
    assert float(found.sgd[-1]) > 0.9 > float(found.sgd_plain[-1])
    round_bowl, steep = core.badly_scaled(1.0), core.badly_scaled(1000.0)
    torch.testing.assert_close(round_bowl.adam, steep.adam, atol=1e-6, rtol=0)
    assert float(steep.sgd[-1]) > 1 > float(steep.adam[-1])


def test_decoupled_decay_is_geometric_and_l2_depends_on_the_gradients() -> None:
    found = core.weight_decay(0.3, 200)
    steps = core.weight_decay(0.0, 200).decoupled_large  # the gradients alone
    pull = float(found.decoupled_large[-1]) - float(steps[-1])
    assert pull == pytest.approx((1 - 0.003) ** 200 - 1, abs=0.02)
    torch.testing.assert_close(found.decoupled_large, found.decoupled_small, atol=1e-6, rtol=0)
    assert float(found.l2_large[-1]) > 0.9 > 0.1 > float(found.l2_small[-1])


@pytest.mark.parametrize(("low", "high"), [(0.01, 1.0), (0.5, 1.0)])
def test_best_runs_measure_the_theory(low: float, high: float) -> None:
    found = core.best_runs(low, high)
    assert found.descent_measured == pytest.approx(found.best.gradient_descent, rel=1e-6)
    assert 0 < found.ball_measured - found.best.heavy_ball < 0.02


@pytest.mark.parametrize("kind", core.SCHEDULES)
def test_a_scheduled_training_is_the_plain_one_at_these_rates(kind: str) -> None:
    text, total, peak, warmup = "to be or not to be, that is", 7, 0.05, 2
    mine = core.ScheduledTrainer(text, kind, total, peak, warmup, seed=3)
    plain = TinyTrainer(text, TrainingSettings("pre", layers=2, learning_rate=peak, seed=3))
    for i in range(total + 2):
        rate = core.learning_rate(kind, i, total, peak, warmup)
        gradients = torch.autograd.grad(plain.loss(plain._examples()), plain.adam.parameters)
        for parameter, gradient in zip(plain.adam.parameters, gradients, strict=True):
            parameter.grad = gradient
        plain.adam.learning_rate = rate
        plain.adam.step()
        assert mine.step().learning_rate == rate
    for got, expected in zip(mine.adam.parameters, plain.adam.parameters, strict=True):
        torch.testing.assert_close(got, expected)


def test_the_cliff_is_a_recurrent_network() -> None:
    generator = torch.Generator().manual_seed(0)
    points = torch.rand(7, 2, generator=generator, dtype=torch.float64) * 4 + torch.tensor([3, -4])
    points.requires_grad_()
    w, b = points.unbind(-1)
    x = torch.full_like(w, 0.5)
    for _step in range(50):
        x = w * torch.sigmoid(x) + b
    loss = (torch.sigmoid(x) - 0.7) ** 2
    (gradient,) = torch.autograd.grad(loss.sum(), points)
    torch.testing.assert_close(core.CLIFF.value(points.detach()), loss.detach())
    torch.testing.assert_close(core.CLIFF.gradient(points.detach()), gradient)
    dual = core.CLIFF.at(*points[0].tolist())
    assert dual.value == pytest.approx(float(loss[0].detach()))
    assert (dual.dx, dual.dy) == pytest.approx(tuple(gradient[0].tolist()))


@pytest.mark.parametrize("method", ["sgd", "adam"])
def test_a_clipped_path_is_torchs_with_clip_grad_norm(method: str) -> None:
    start, lr, most, steps = [5.0, -2.0], 0.5, 0.1, 30
    mine = core.optimize(core.CLIFF, start, method, steps, lr=lr, max_norm=most)
    parameter = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
    optimizer = {"sgd": torch_optim.SGD, "adam": torch_optim.Adam}[method]([parameter], lr=lr)
    for i in range(steps):
        parameter.grad = core.CLIFF.gradient(parameter.detach())
        torch.testing.assert_close(mine.gradients[i], parameter.grad, rtol=1e-5, atol=1e-8)
        torch.nn.utils.clip_grad_norm_([parameter], most)
        optimizer.step()
    torch.testing.assert_close(mine.positions[-1], parameter.detach(), rtol=1e-5, atol=1e-8)
    assert float(mine.gradients.norm(dim=-1).max()) > most


def test_bad_thresholds_are_rejected() -> None:
    with pytest.raises(ValueError, match="max_norm"):
        core.optimize(core.CLIFF, [5.0, -2.0], "sgd", 1, lr=0.1, max_norm=-1.0)


@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (2, 5), (3, 1)])
def test_orthogonalization_maps_every_singular_value_by_the_polynomial(
    shape: tuple[int, int],
) -> None:
    generator = torch.Generator().manual_seed(1)
    matrix = torch.randn(*shape, generator=generator, dtype=torch.float64)
    found = core.orthogonalization(matrix, 6)
    torch.testing.assert_close(found.matrices[-1], core.newton_schulz(matrix, 6))
    torch.testing.assert_close(found.before, torch.linalg.svdvals(matrix))
    torch.testing.assert_close(found.singular_values[0], found.before / found.before.norm())
    for old, new in zip(found.singular_values, found.singular_values[1:], strict=False):
        torch.testing.assert_close(new, 3.4445 * old - 4.7750 * old**3 + 2.0315 * old**5)
    for i, values in enumerate(found.singular_values):
        own = torch.linalg.svdvals(found.matrices[i])
        torch.testing.assert_close(values.sort(descending=True).values, own)
    few = range(min(shape))
    torch.testing.assert_close(torch.linalg.svdvals(found.nearest), torch.ones(len(few)).double())
    assert float((matrix * found.nearest).sum()) == pytest.approx(float(found.before.sum()))
