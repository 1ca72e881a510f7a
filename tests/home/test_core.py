"""The numbers of the map: by hand, against torch, and unchanged inputs."""

from __future__ import annotations

import pytest
import torch

from core.home import KEEP, TextMap, attention_weight, text_map
from core.lm import LanguageModel, ModelError, ModelTrace

TEXT = "The capital of France is"


@pytest.fixture(scope="module")
def trace(language_model: LanguageModel) -> ModelTrace:
    return language_model.trace(language_model.encode(TEXT), keep=KEEP)


@pytest.fixture(scope="module")
def found(trace: ModelTrace) -> TextMap:
    return text_map(trace, units=7)


def test_a_weight_by_hand() -> None:
    # Scores ln 1, ln 2, ln 5 give the weights 1/8, 2/8, 5/8; the row's largest is ln 5.
    scores = torch.tensor([[0.0, 9.0, 9.0], [0.0, 0.0, 9.0], [1.0, 2.0, 5.0]])
    scores[2] = scores[2].log()
    before = scores.clone()
    taken = attention_weight(scores, 2, 1)
    assert taken.score == pytest.approx(0.6931, abs=1e-4)
    assert taken.largest == pytest.approx(1.6094, abs=1e-4)
    assert taken.total == pytest.approx(1.6)
    assert taken.weight == pytest.approx(0.25)
    assert attention_weight(scores, 1, 0).weight == pytest.approx(0.5)  # 9 is masked
    assert torch.equal(scores, before)


def test_weights_are_the_models_own(found: TextMap) -> None:
    for layer, head, query, key in ((0, 0, 2, 1), (23, 4, 4, 3), (29, 8, 3, 3)):
        taken = attention_weight(found.scores[layer, head], query, key)
        assert taken.weight == pytest.approx(
            float(found.weights[layer, head, query, key]), abs=1e-5
        )
    assert torch.allclose(found.weights.sum(-1), torch.ones(30, 9, 5), atol=1e-5)


def test_gates_are_silu_of_the_largest_units(found: TextMap, trace: ModelTrace) -> None:
    oracle = torch.nn.functional.silu(trace.gates)
    for layer in (0, 13, 29):
        units = found.units[layer]
        assert units.tolist() == sorted(set(units.tolist()))
        assert torch.allclose(found.activations[layer], oracle[layer][:, units], atol=1e-6)
        assert torch.equal(found.gates[layer], trace.gates[layer][:, units])
        others = torch.ones(found.width, dtype=torch.bool)
        others[units] = False
        largest = oracle[layer].abs().amax(dim=0)
        assert float(largest[units].min()) >= float(largest[others].max())


def test_vectors_are_rows_of_the_embedding_matrix(
    found: TextMap, trace: ModelTrace, language_model: LanguageModel
) -> None:
    rows = language_model.weights.embedding[list(found.ids)]
    assert torch.equal(found.vectors, rows[:, found.dimensions])
    others = torch.ones(rows.shape[1], dtype=torch.bool)
    others[found.dimensions] = False
    largest = rows.abs().amax(dim=0)
    assert float(largest[found.dimensions].min()) >= float(largest[others].max())
    assert found.dimensions.tolist() == sorted(set(found.dimensions.tolist()))


def test_logits_are_those_of_a_plain_pass(found: TextMap, language_model: LanguageModel) -> None:
    expected = language_model.next_logits(list(found.ids))
    assert torch.allclose(found.logits, expected, atol=1e-3)
    assert int(found.order[0]) == int(expected.argmax())
    assert language_model.token_text(int(found.order[0])) == " Paris"


def test_the_trace_is_unchanged(trace: ModelTrace) -> None:
    before = {name: value.clone() for name, value in trace.kept.items()}
    text_map(trace, units=5)
    assert all(torch.equal(value, before[name]) for name, value in trace.kept.items())


def test_more_units_than_there_are(trace: ModelTrace) -> None:
    assert text_map(trace, units=10**6).units.shape == (30, 1536)


def test_bad_arguments_get_a_sentence(language_model: LanguageModel, trace: ModelTrace) -> None:
    with pytest.raises(ValueError, match="units must be at least 1"):
        text_map(trace, units=0)
    with pytest.raises(ModelError, match="did not keep"):
        text_map(language_model.trace([1], layers=[0], keep=["gates"]))
    with pytest.raises(ValueError, match="key must be"):
        attention_weight(torch.zeros(3, 3), 1, 2)
    with pytest.raises(ValueError, match="query must be"):
        attention_weight(torch.zeros(3, 3), 3, 0)
    with pytest.raises(ValueError, match="square matrix"):
        attention_weight(torch.zeros(2, 3), 1, 0)
