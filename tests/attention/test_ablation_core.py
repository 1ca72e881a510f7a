"""The comparison of two predictions, against scipy."""

from __future__ import annotations

import pytest
import torch
from scipy.stats import entropy

from core.attention import prediction_shift


def test_measures_equal_scipys():
    generator = torch.Generator().manual_seed(3)
    before, after = (torch.randn(101, generator=generator) for _i in range(2))
    shift = prediction_shift(before, after, 7)
    p, q = (x.double().softmax(0).numpy() for x in (before, after))
    assert shift.kl == pytest.approx(entropy(p, q, base=2))
    assert shift.entropy_before == pytest.approx(entropy(p, base=2))
    assert shift.entropy_after == pytest.approx(entropy(q, base=2))
    assert len(shift.ids) == 7
    assert int(p.argmax()) in shift.ids
    assert int(q.argmax()) in shift.ids
    torch.testing.assert_close(shift.before, torch.tensor(p)[list(shift.ids)])


def test_a_huge_gap_gives_a_finite_divergence():
    before, after = torch.tensor([0.0, 0.0]), torch.tensor([0.0, -2000.0])
    assert prediction_shift(before, after).kl == pytest.approx(0.5 * 2000 / 0.6931472 - 1, rel=1e-6)


def test_predictions_of_different_vocabularies_are_refused():
    with pytest.raises(ValueError, match="one number per token"):
        prediction_shift(torch.zeros(3), torch.zeros(5))
