"""A real model's norms: against torch's RMSNorm, and the prediction without one of them."""

from __future__ import annotations

import pytest
import torch

from core.lm import LanguageModel, forward
from core.normalization import rms_norm
from core.normalization.left_out import leave_out, norms_of_model

TEXT = "The capital of France is"


@pytest.fixture(scope="module")
def ids(language_model: LanguageModel) -> list[int]:
    return language_model.encode(TEXT)


def test_root_mean_squares_equal_torchs(language_model: LanguageModel, ids: list[int]) -> None:
    found = norms_of_model(language_model, ids)
    model, trace = language_model, language_model.trace(ids, keep=["residual_middle"])
    assert len(found.before) == 2 * model.config.num_layers + 1
    cases = {
        0: (trace.hidden[0], model.weights.blocks[0].attn_norm),
        25: (trace.residual_middle[12], model.weights.blocks[12].ffn_norm),
        60: (trace.hidden[-1], model.weights.output_norm),
    }
    for norm, (x, gain) in cases.items():
        oracle = torch.nn.functional.rms_norm(x, x.shape[-1:], gain, model.config.norm_eps)
        for got, values in ((found.before, x), (found.after, oracle)):
            torch.testing.assert_close(got[norm], values.square().mean(-1).sqrt())
    assert float(found.normalized.min()) > 0.999
    assert float(found.normalized.max()) < 1.001


def test_without_the_last_norm_the_order_stays(
    language_model: LanguageModel, ids: list[int]
) -> None:
    found = leave_out(language_model, ids, 60)
    assert found.same_order
    logits = language_model.next_logits(ids)
    second, third = found.token_ids[1:3].tolist()
    logits[[second, third]] = logits[[third, second]]
    assert not leave_out(language_model, ids, 60, logits).same_order
    assert float(found.without[0]) > float(found.full[0])
    trace = language_model.trace(ids, keep=[])
    gained = trace.hidden[-1, -1] * language_model.weights.output_norm
    expected = torch.nn.functional.linear(gained, language_model.weights.output)
    torch.testing.assert_close(language_model.logits_without_norms(ids, [60]), expected)


@pytest.mark.parametrize("norm", [24, 31])
def test_leaving_one_out_equals_skipping_that_call(
    language_model: LanguageModel, ids: list[int], norm: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = language_model.next_logits(ids)
    before = list(ids)
    found = leave_out(language_model, ids, norm, full)
    assert ids == before
    calls = iter(range(100))
    skip = lambda x, eps, gain: x * gain if next(calls) == norm else rms_norm(x, eps, gain)  # noqa: E731
    monkeypatch.setattr(forward, "rms_norm", skip)
    logits = language_model.next_logits(ids)
    monkeypatch.undo()
    torch.testing.assert_close(language_model.logits_without_norms(ids, [norm]), logits)
    p, q = full.double().log_softmax(-1), logits.double().log_softmax(-1)
    kl = torch.nn.functional.kl_div(q, p, log_target=True, reduction="sum") / torch.log(
        torch.tensor(2.0)
    )
    assert found.kl == pytest.approx(float(kl), rel=1e-4)
    top = int(full.argmax())
    assert found.token_ids[0] == top
    assert float(found.full[0]) == pytest.approx(float(p[top].exp()))
    assert float(found.without.sum()) <= 1 + 1e-9


def test_leaving_none_out_changes_nothing(language_model: LanguageModel, ids: list[int]) -> None:
    assert torch.equal(
        language_model.logits_without_norms(ids, []), language_model.next_logits(ids)
    )


def test_errors(language_model: LanguageModel, ids: list[int]) -> None:
    with pytest.raises(ValueError, match="norm must be from 0 to 60"):
        leave_out(language_model, ids, 61)
    with pytest.raises(ValueError, match="full_logits must have 49152 values"):
        leave_out(language_model, ids, 0, torch.zeros(7))
    with pytest.raises(ValueError, match="ids must be a list"):
        norms_of_model(language_model, [])
