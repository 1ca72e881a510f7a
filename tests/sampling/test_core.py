from __future__ import annotations

import importlib
import math
import warnings
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers.generation import logits_process as reference

from core import sampling
from core.sampling import (
    ORDERS,
    STAGES,
    SamplingParams,
    descending_order,
    sampling_trace,
    top_k,
    top_p,
)

INF = math.inf


def logits(size: int, seed: int, scale: float = 3.0, dtype: torch.dtype = torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return scale * torch.randn(size, generator=generator, dtype=dtype)


def kept(values: torch.Tensor) -> list[int]:
    return (values > -INF).nonzero().flatten().tolist()


def wrong(value: object) -> Any:
    """A value of a type that the signature does not take."""
    return value


def p_to_logits(*p: float) -> torch.Tensor:
    return torch.tensor(p, dtype=torch.float64).log()


FILTERS = {
    "temperature": lambda x: sampling.apply_temperature(x, 0.7),
    "greedy": lambda x: sampling.apply_temperature(x, 0),
    "top_k": lambda x: sampling.top_k(x, 3),
    "top_p": lambda x: sampling.top_p(x, 0.7),
    "min_p": lambda x: sampling.min_p(x, 0.3),
    "typical_p": lambda x: sampling.typical_p(x, 0.6),
    "top_n_sigma": lambda x: sampling.top_n_sigma(x, 0.5),
    "epsilon_cutoff": lambda x: sampling.epsilon_cutoff(x, 0.1),
    "repetition_penalty": lambda x: sampling.repetition_penalty(x, [0, 1, 1], 1.5),
    "frequency_presence": lambda x: sampling.frequency_presence_penalty(x, [0, 1, 1], 0.5, 0.25),
    "no_repeat_ngram": lambda x: sampling.no_repeat_ngram(x, [0, 1, 0, 1, 0], 2),
}


# By hand


def test_temperature_raises_probabilities_to_one_over_t():
    p = sampling.apply_temperature(p_to_logits(0.8, 0.2), 0.5).softmax(0)
    assert p.tolist() == pytest.approx([0.64 / 0.68, 0.04 / 0.68])


def test_temperature_zero_keeps_the_first_largest_alone():
    out = sampling.apply_temperature(torch.tensor([1.0, 5.0, 5.0]), 0.0)
    assert out.tolist() == [-INF, 5.0, -INF]


def test_top_k_keeps_exactly_k_lower_id_first():
    assert sampling.top_k([3.0, 1.0, 2.0], 2).tolist() == [3.0, -INF, 2.0]
    assert kept(sampling.top_k([1.0, 1.0, 1.0, 1.0, 1.0], 2)) == [0, 1]
    assert kept(sampling.top_k([1.0, 2.0, 2.0, 2.0], 1)) == [1]
    assert kept(sampling.top_k([1.0, 2.0], 0)) == kept(sampling.top_k([1.0, 2.0], 7)) == [0, 1]


@pytest.mark.parametrize(
    ("p", "expected"),
    [(0.0, [0]), (0.5, [0]), (0.6, [0, 1]), (0.8, [0, 1]), (0.81, [0, 1, 2]), (1.0, [0, 1, 2])],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_top_p_keeps_the_token_that_crosses(p, expected, dtype):
    assert kept(sampling.top_p(p_to_logits(0.5, 0.3, 0.2).to(dtype), p)) == expected


def test_min_p_bar_is_a_share_of_the_first():
    x = p_to_logits(0.6, 0.3, 0.1)
    assert kept(sampling.min_p(x, 0.5)) == [0, 1]
    assert kept(sampling.min_p(x, 0.51)) == [0]
    assert kept(sampling.min_p(x, 1.0)) == [0]


def test_typical_may_drop_the_most_likely():
    # H = 2.52 bits; the first has 1.32 (1.20 away), each of the others 3.32 (0.80 away).
    p = [0.4, *[0.1] * 6]
    assert kept(sampling.typical_p(p_to_logits(*p), 0.25)) == [1, 2, 3]
    assert kept(sampling.typical_p(p_to_logits(0.5, 0.25, 0.25), 0.5)) == [0]


def test_top_n_sigma_counts_population_deviations_from_the_top():
    x = torch.tensor([4.0, 2.3, 2.2, 0.0, 0.0])
    sigma = x.std(correction=0).item()
    assert kept(sampling.top_n_sigma(x, 1.75 / sigma)) == [0, 1]
    assert kept(sampling.top_n_sigma([4.0, 0.0, 0.0, 0.0], 1.0)) == [0]
    assert kept(sampling.top_n_sigma([4.0, 0.0, 0.0, 0.0], 4.1 / math.sqrt(3))) == [0, 1, 2, 3]
    assert kept(sampling.top_n_sigma([4.0, 0.0, -INF], 0.0)) == [0, 1]


def test_epsilon_keeps_the_best_when_none_reaches_it():
    x = p_to_logits(0.4, 0.35, 0.25)
    assert kept(sampling.epsilon_cutoff(x, 0.35)) == [0, 1]
    assert kept(sampling.epsilon_cutoff(x, 0.9)) == [0]


def test_penalties_by_hand():
    out = sampling.repetition_penalty([2.0, -1.0, 0.5], [0, 1, 1], 2.0)
    assert out.tolist() == [1.0, -2.0, 0.5]
    out = sampling.frequency_presence_penalty([1.0, 1.0, 1.0], [0, 0, 1], 0.25, 0.5)
    assert out.tolist() == [0.0, 0.25, 1.0]


def test_no_repeat_ngram_by_hand():
    x = torch.zeros(11)
    assert kept(sampling.no_repeat_ngram(x, [5, 7, 5], 2)) == [0, 1, 2, 3, 4, 5, 6, 8, 9, 10]
    assert sampling.banned_by_ngram([1, 2, 3, 1, 2], 3) == [3]
    assert sampling.banned_by_ngram([4, 2, 4], 1) == [2, 4]
    assert sampling.banned_by_ngram([4], 2) == []
    assert kept(sampling.no_repeat_ngram([0.0, 3.0, 1.0], [0, 1, 2], 1)) == [1]


# Against transformers


def by_reference(warper, x: torch.Tensor, ids: list[int] | None = None) -> torch.Tensor:
    context = torch.tensor([ids or [0]])
    return warper(context, x[None].clone())[0]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", [2, 7, 101, 1009])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_filters_agree_with_transformers(seed, size, dtype):
    x = logits(size, seed, dtype=dtype)
    pairs: list[tuple[torch.Tensor, Any]] = [
        (sampling.apply_temperature(x, 0.7), reference.TemperatureLogitsWarper(0.7)),
        (sampling.top_k(x, 5), reference.TopKLogitsWarper(5)),
        (sampling.min_p(x, 0.07), reference.MinPLogitsWarper(0.07)),
        (sampling.epsilon_cutoff(x, 0.013), reference.EpsilonLogitsWarper(0.013)),
    ]
    pairs += [(sampling.top_p(x, p), reference.TopPLogitsWarper(p)) for p in (0.05, 0.5, 0.93)]
    pairs += [
        (sampling.typical_p(x, m), reference.TypicalLogitsWarper(m)) for m in (0.05, 0.5, 0.93)
    ]
    for ours, warper in pairs:
        assert torch.equal(ours, by_reference(warper, x)), type(warper).__name__


@pytest.mark.parametrize("seed", range(5))
def test_penalties_agree_with_transformers(seed):
    size = 13
    x = logits(size, seed)
    ids = torch.randint(size, (29,), generator=torch.Generator().manual_seed(seed)).tolist()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = sampling.repetition_penalty(x, ids, 1.3)
        theirs = by_reference(reference.RepetitionPenaltyLogitsProcessor(1.3), x, ids)
        torch.testing.assert_close(ours, theirs)
        for n in (2, 3):
            theirs = by_reference(reference.NoRepeatNGramLogitsProcessor(n), x, ids)
            assert torch.equal(sampling.no_repeat_ngram(x, ids, n), theirs)


def test_with_ties_transformers_keeps_more_ours_keeps_the_lower_ids():
    x = torch.tensor([2.0, 1.0, 1.0, 1.0, 0.0])
    theirs = by_reference(reference.TopKLogitsWarper(2), x)
    assert kept(theirs) == [0, 1, 2, 3]
    assert kept(sampling.top_k(x, 2)) == [0, 1]


def test_descending_order_of_many_ties():
    x = torch.randint(5, (10_007,), generator=torch.Generator().manual_seed(1)).float()
    expected = sorted(range(10_007), key=lambda i: (-float(x[i]), i))
    assert descending_order(x).tolist() == expected


def test_extreme_logits_keep_finite_probabilities():
    for x in (
        torch.tensor([1e38, -1e38, 0.0]),
        torch.tensor([-1e38, -1e38, -1e38]),
        torch.tensor([0.0, -INF, -5.0]),
    ):
        for temperature in (1e-320, 1e-30, 0.1, 5.0):
            p = sampling.apply_temperature(x, temperature).softmax(0)
            assert float(p.sum()) == pytest.approx(1.0)
        for name, apply in FILTERS.items():
            p = apply(x).softmax(0)
            assert bool(torch.isfinite(p).all()), name
            assert len(kept(apply(x))) >= 1, name


def test_penalties_of_extreme_logits_stay_finite():
    x = torch.tensor([-1e38, 1e38, -INF])
    for penalty in (0.01, 10.0):
        out = sampling.repetition_penalty(x, [0, 1, 2], penalty)
        assert out.isfinite().tolist() == [True, True, False]
        trace = sampling_trace(x, SamplingParams(repetition_penalty=penalty), [0, 1, 2])
        assert float(trace.probs.sum()) == pytest.approx(1.0)
    top = torch.finfo(torch.float32).max
    out = sampling.frequency_presence_penalty(torch.tensor([top, -top]), [0, 1], -1e38, 1e38)
    assert bool(out.isfinite().all())


# Identities

any_logits = st.lists(
    st.one_of(st.integers(-4, 4).map(float), st.floats(-80, 80), st.just(-INF)),
    min_size=1,
    max_size=11,
).filter(lambda values: max(values) > -INF)


@settings(max_examples=60, deadline=None)
@given(any_logits, st.sampled_from(sorted(set(FILTERS) - {"temperature", "greedy"})))
def test_filters_keep_logits_or_remove_them(values, name):
    if name in ("repetition_penalty", "frequency_presence", "no_repeat_ngram"):
        values = [*values, 0.0, 1.0]
    x = torch.tensor(values, dtype=torch.float64)
    before = x.clone()
    out = FILTERS[name](x)
    assert torch.equal(x, before)
    assert out.data_ptr() != x.data_ptr()
    assert len(kept(out)) >= 1
    assert set(kept(out)) <= set(kept(x))
    if name not in ("repetition_penalty", "frequency_presence"):
        assert torch.equal(out[out > -INF], x[out > -INF])


@settings(max_examples=60, deadline=None)
@given(any_logits, st.floats(0, 1))
def test_top_p_is_the_smallest_set_that_reaches_p(values, p):
    x = torch.tensor(values, dtype=torch.float64)
    out = sampling.top_p(x, p)
    probs = x.softmax(0)
    inside = probs[out > -INF]
    assert float(inside.sum()) >= p - 1e-9
    if p < 1 and inside.numel() > 1:
        assert float(inside.sum() - inside.min()) < p + 1e-9


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_dtype_gradient_and_input_survive(name, dtype):
    x = logits(7, 3, dtype=dtype).requires_grad_()
    before = x.detach().clone()
    out = FILTERS[name](x)
    assert out.dtype == dtype
    out[out > -INF].sum().backward()
    assert x.grad is not None
    assert float(x.grad.abs().sum()) > 0
    assert torch.equal(x.detach(), before)


# The trace


def test_every_order_runs_its_stages_one_after_the_other():
    x = logits(101, 5)
    ids = [3, 5, 7, 3, 5]
    for order in ORDERS.values():
        params = SamplingParams(
            temperature=0.8,
            top_k=53,
            top_p=0.9,
            min_p=0.01,
            typical_p=0.95,
            epsilon_cutoff=1e-3,
            top_n_sigma=3.0,
            repetition_penalty=1.2,
            frequency_penalty=0.3,
            presence_penalty=0.1,
            no_repeat_ngram=2,
            order=order,
        )
        trace = sampling_trace(x, params, ids)
        apply = {
            "temperature": lambda v: sampling.apply_temperature(v, 0.8),
            "top_k": lambda v: sampling.top_k(v, 53),
            "top_p": lambda v: sampling.top_p(v, 0.9),
            "min_p": lambda v: sampling.min_p(v, 0.01),
            "typical_p": lambda v: sampling.typical_p(v, 0.95),
            "epsilon_cutoff": lambda v: sampling.epsilon_cutoff(v, 1e-3),
            "top_n_sigma": lambda v: sampling.top_n_sigma(v, 3.0),
            "repetition_penalty": lambda v: sampling.repetition_penalty(v, ids, 1.2),
            "frequency_presence": lambda v: sampling.frequency_presence_penalty(v, ids, 0.3, 0.1),
            "no_repeat_ngram": lambda v: sampling.no_repeat_ngram(v, ids, 2),
        }
        assert tuple(stage.name for stage in trace.stages) == order
        current = x
        for stage in trace.stages:
            before = current.softmax(0)
            curve = sorted(before[current > -INF].tolist(), reverse=True)
            current = apply[stage.name](current)
            assert torch.equal(stage.logits, current), stage.name
            torch.testing.assert_close(stage.probs, current.softmax(0))
            assert torch.equal(stage.kept, current > -INF)
            alive = stage.probs[stage.probs > 0]
            entropy = -float((alive * alive.log2()).sum())
            assert stage.entropy == pytest.approx(entropy)
            assert stage.effective_choices == pytest.approx(2**entropy)
            assert stage.kept_count == len(kept(current))
            assert stage.removed_count == len(curve) - stage.kept_count
            assert stage.removed_mass == pytest.approx(float(before[~stage.kept].sum()))
            if stage.cutoff_rank is not None:
                assert stage.removed_count > 0
                assert stage.cutoff_prob == pytest.approx(float(before[stage.kept].min()))
                assert curve[stage.cutoff_rank - 1] == pytest.approx(stage.cutoff_prob)
            else:
                assert stage.removed_count == 0
                assert stage.cutoff_prob is None
        assert torch.equal(trace.logits, current)
        assert float(trace.probs.sum()) == pytest.approx(1.0)
    assert torch.equal(x, logits(101, 5))


@pytest.mark.parametrize(
    "penalty",
    [{"repetition_penalty": 4.0}, {"frequency_penalty": 2.0}, {"presence_penalty": 2.0}],
)
def test_filters_after_a_penalty_see_the_new_order(penalty):
    x = torch.tensor([2.0, 1.9, 1.8, 1.7, 1.6])
    trace = sampling_trace(x, SamplingParams(**penalty, top_k=3, top_p=0.9), [0, 2])
    assert kept(trace.stages[1].logits) == [1, 3, 4]
    assert trace.stages[1].cutoff_rank == 3
    assert trace.order.tolist() == [0, 1, 2, 3, 4]


def test_a_repeated_id_counts_once_in_the_gradient():
    x = torch.tensor([2.0, 1.0]).requires_grad_()
    sampling.repetition_penalty(x, [0, 0], 4.0).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0.25, 1.0]


def test_order_matters():
    x = p_to_logits(0.5, 0.25, 0.15, 0.1)
    settings_: dict[str, Any] = {"temperature": 2.0, "top_p": 0.7}
    hot_first = sampling_trace(x, SamplingParams(**settings_, order=("temperature", "top_p")))
    hot_last = sampling_trace(x, SamplingParams(**settings_, order=("top_p", "temperature")))
    assert kept(hot_first.logits) == [0, 1, 2]
    assert kept(hot_last.logits) == [0, 1]


def test_stages_that_do_nothing_by_their_setting_do_not_run():
    trace = sampling_trace([1.0, 2.0], SamplingParams())
    assert trace.stages == ()
    assert torch.equal(trace.probs, trace.raw_probs)
    assert trace.order.tolist() == [1, 0]
    assert trace.entropy == trace.raw_entropy


def test_greedy_trace_is_one_token():
    trace = sampling_trace([1.0, 2.0, 2.0], SamplingParams(temperature=0))
    assert trace.probs.tolist() == [0.0, 1.0, 0.0]
    assert (trace.entropy, trace.effective_choices) == (0.0, 1.0)
    assert trace.stages[0].cutoff_rank == 1


def test_a_given_order_changes_nothing_but_the_time():
    x = logits(1009, 2, dtype=torch.float32)
    params = SamplingParams(temperature=0.7, top_k=97, top_p=0.9)
    alone = sampling_trace(x, params)
    helped = sampling_trace(x, params, order=descending_order(x))
    assert torch.equal(alone.probs, helped.probs)
    with pytest.raises(ValueError, match="order must be descending_order"):
        sampling_trace(x, params, order=descending_order(-x))
    with pytest.raises(ValueError, match="order must be descending_order"):
        sampling_trace(x, params, order=descending_order(x)[:-1])


# Errors


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: sampling.top_k([], 1), "logits must have at least 1"),
        (lambda: sampling.top_k([1.0, math.nan], 1), "got NaN at place 1"),
        (lambda: sampling.top_k([1.0, INF], 1), r"got \+inf at place 1"),
        (lambda: sampling.top_k([-INF, -INF], 1), "at least one token"),
        (lambda: sampling.top_k(torch.zeros(2, 3), 1), r"got shape \(2, 3\)"),
        (lambda: sampling.top_k([1.0], -1), "k must be at least 0; got -1"),
        (lambda: sampling.top_k([1.0], wrong(1.5)), "k must be a whole number"),
        (lambda: sampling.top_p([1.0], 1.1), r"p must lie in \[0, 1\]"),
        (lambda: sampling.min_p([1.0], -0.1), "p must lie in"),
        (lambda: sampling.typical_p([1.0], math.nan), "mass must be a finite number"),
        (lambda: sampling.top_n_sigma([1.0], -1.0), "n must lie in"),
        (lambda: sampling.epsilon_cutoff([1.0], 2), "eps must lie in"),
        (lambda: sampling.apply_temperature([1.0], -0.5), "temperature must lie in"),
        (lambda: sampling.apply_temperature([1.0], True), "temperature must be a finite number"),
        (lambda: sampling.repetition_penalty([1.0], [0], 0.0), "penalty must lie in"),
        (lambda: sampling.repetition_penalty([1.0], [1], 2.0), "from 0 to 0; got 1"),
        (lambda: sampling.repetition_penalty([1.0], wrong([0.5]), 2.0), "whole numbers; got 0.5"),
        (lambda: sampling.repetition_penalty([1.0], wrong(3), 2.0), "list of whole numbers; got 3"),
        (lambda: sampling.no_repeat_ngram([1.0], [-1], 2), "got -1"),
        (lambda: sampling_trace([1.0], wrong({"top_k": 1})), "params must be SamplingParams"),
    ],
)
def test_refusals_are_sentences(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


CALLED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "repetition_penalty": ("penalties", "repetition_penalty", {"repetition_penalty": 1.3}),
    "frequency_presence": ("penalties", "frequency_presence_penalty", {"presence_penalty": 0.5}),
    "no_repeat_ngram": ("penalties", "no_repeat_ngram", {"no_repeat_ngram": 2}),
    "temperature": ("filters", "apply_temperature", {"temperature": 0.0}),
    "top_k": ("filters", "top_k", {"top_k": 2}),
    "top_p": ("filters", "top_p", {"top_p": 0.5}),
    "min_p": ("filters", "min_p", {"min_p": 0.3}),
    "typical_p": ("filters", "typical_p", {"typical_p": 0.5}),
    "epsilon_cutoff": ("filters", "epsilon_cutoff", {"epsilon_cutoff": 0.1}),
    "top_n_sigma": ("filters", "top_n_sigma", {"top_n_sigma": 1.0}),
}


@pytest.mark.parametrize("stage", STAGES)
def test_the_trace_calls_the_function_that_is_shown(stage: str, monkeypatch: Any) -> None:
    module, name, settings = CALLED[stage]
    target = f"core.sampling.{module}.{name}"
    function = getattr(importlib.import_module(f"core.sampling.{module}"), name)
    assert function is getattr(sampling, name)
    results = []

    def spy(*arguments, **keywords):
        results.append(function(*arguments, **keywords))
        return results[-1]

    monkeypatch.setattr(target, spy)
    trace = sampling_trace([2.0, 1.0, 3.0, 0.5, 3.0], SamplingParams(**settings), [0, 1, 0])
    assert [one.name for one in trace.stages] == [stage]
    assert len(results) == 1
    assert trace.stages[0].logits is results[0]


@pytest.mark.parametrize("cut", [top_k, top_p])
def test_a_known_order_changes_nothing_and_a_wrong_one_is_refused(cut) -> None:
    logits = torch.tensor([0.5, 2.0, -math.inf, 2.0, 1.0])
    order = descending_order(logits)
    amount = 2 if cut is top_k else 0.7
    assert torch.equal(cut(logits, amount, order=order), cut(logits, amount))
    for wrong in (order.flip(0), order[:3], order.float(), torch.zeros_like(order)):
        with pytest.raises(ValueError, match="order must be descending_order"):
            cut(logits, amount, order=wrong)


# The path of one token


def test_the_path_of_a_token_is_its_arithmetic():
    logits = torch.randn(53, generator=torch.Generator().manual_seed(9)) * 3
    params = SamplingParams(temperature=0.7, top_k=11, top_p=0.9, repetition_penalty=1.5)
    trace = sampling_trace(logits, params, previous_ids=[int(logits.argmax())])
    before = logits.clone()
    removers = set()
    for token in range(53):
        path = sampling.token_path(trace, token)
        exact = [math.exp(z) for z in logits.tolist()]
        assert path.rank == 1 + sum(value > exact[token] for value in exact)
        assert path.raw_prob == pytest.approx(exact[token] / math.fsum(exact), rel=1e-4)
        assert math.exp(path.raw_logit - path.raw_log_sum) == pytest.approx(path.raw_prob, rel=1e-4)
        assert math.exp(path.logit - path.log_sum) == pytest.approx(path.prob, rel=1e-4)
        assert (path.removed_by is None) == bool(trace.kept[token])
        removers.add(path.removed_by.name if path.removed_by else "")
    assert removers == {"", "top_k", "top_p"}
    assert torch.equal(logits, before)
    with pytest.raises(ValueError, match="token must be from 0 to 52"):
        sampling.token_path(trace, 53)
