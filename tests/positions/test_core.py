from __future__ import annotations

import math
from typing import Any, cast

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.models.gptj import modeling_gptj
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb as llama_rope

from core.positions import (
    PAIRINGS,
    POSITION_SCHEMES,
    RopeScaling,
    alibi_bias,
    alibi_slopes,
    apply_rope,
    compare_pairings,
    compare_scores,
    learned_positions,
    pair_clocks,
    pairing_permutation,
    permute_projection,
    position_scores,
    random_position_table,
    rope_concatenated_mistake,
    rope_frequencies,
    rope_score,
    rope_tables,
    rotate,
    rotation_matrix,
    score_decay,
    sinusoidal_encoding,
    wavelengths,
)
from tests.positions.cases import SCALINGS, generator, randn

# Frequencies and scalings


def test_frequencies_by_hand():
    assert rope_frequencies(6, base=1000.0).tolist() == pytest.approx([1.0, 0.1, 0.01])
    assert wavelengths([1.0, 0.1]).tolist() == pytest.approx([2 * math.pi, 20 * math.pi])
    assert rope_frequencies(6).dtype == torch.float32
    assert rope_frequencies(6, dtype=torch.float64).dtype == torch.float64


def _library(kind: str, head_dim: int, base: float, seq_len: int | None = None, **parameters):
    trained = parameters["original_max_position_embeddings"]
    config = LlamaConfig(
        head_dim=head_dim,
        max_position_embeddings=trained,
        rope_parameters={"rope_type": kind, "rope_theta": base, **parameters},
    )
    return ROPE_INIT_FUNCTIONS[kind](config, torch.device("cpu"), seq_len=seq_len)


@pytest.mark.parametrize("base", [10000.0, 500000.0])
@pytest.mark.parametrize("factor", [1.0, 2.0, 8.0])
@pytest.mark.parametrize(("head_dim", "trained"), [(64, 2048), (128, 8192), (22, 97)])
def test_scalings_equal_transformers(base, factor, head_dim, trained):
    common: dict[str, Any] = {"factor": factor, "original_max_position_embeddings": trained}
    ours: dict[str, Any] = {"factor": factor, "original_length": trained}
    cases = [
        (_library("linear", head_dim, base, **common), RopeScaling("linear", **ours)),
        (_library("yarn", head_dim, base, **common), RopeScaling("yarn", **ours)),
        (
            _library(
                "yarn", head_dim, base, beta_fast=20.0, beta_slow=2.0, truncate=False, **common
            ),
            RopeScaling("yarn", beta_fast=20.0, beta_slow=2.0, truncate=False, **ours),
        ),
        (
            _library("yarn", head_dim, base, attention_factor=0.7, **common),
            RopeScaling("yarn", attention_scale=0.7, **ours),
        ),
        (
            _library("llama3", head_dim, base, low_freq_factor=1.0, high_freq_factor=4.0, **common),
            RopeScaling("llama3", **ours),
        ),
        (
            _library("llama3", head_dim, base, low_freq_factor=0.5, high_freq_factor=7.0, **common),
            RopeScaling("llama3", low_freq_factor=0.5, high_freq_factor=7.0, **ours),
        ),
        (_library("dynamic", head_dim, base, **common), RopeScaling("dynamic", **ours)),
        *(
            (
                _library("dynamic", head_dim, base, seq_len=length, **common),
                RopeScaling("dynamic", current_length=length, **ours),
            )
            for length in (5, trained, 3 * trained)
        ),
    ]
    for (frequencies, attention_factor), scaling in cases:
        got = rope_frequencies(head_dim, base, scaling)
        torch.testing.assert_close(got, frequencies, rtol=2e-6, atol=0, msg=str(scaling))
        assert scaling.attention_factor == pytest.approx(attention_factor)


def test_ntk_stretches_the_slowest_pair_by_the_factor_and_the_fastest_not_at_all():
    plain = rope_frequencies(64, dtype=torch.float64)
    ntk = rope_frequencies(64, scaling=RopeScaling("ntk", factor=8.0), dtype=torch.float64)
    assert float(ntk[0]) == 1.0
    assert float(plain[-1] / ntk[-1]) == pytest.approx(8.0)
    # dynamic NTK at a stretch of 8 is static NTK with factor 8
    scaling = RopeScaling("dynamic", factor=1.0, original_length=10, current_length=80)
    torch.testing.assert_close(rope_frequencies(64, scaling=scaling, dtype=torch.float64), ntk)


def test_every_scaling_with_factor_one_changes_nothing():
    for kind in ("linear", "ntk", "dynamic", "yarn", "llama3"):
        scaling = RopeScaling(kind, factor=1.0, original_length=101)
        torch.testing.assert_close(rope_frequencies(14, scaling=scaling), rope_frequencies(14))
        assert scaling.attention_factor == 1.0


# The rotation


def test_rope_by_hand():
    x = torch.tensor([[1.0, 2.0, 3.0, 4.0]], dtype=torch.float64)
    c, s = math.cos(3.0), math.sin(3.0)
    c2, s2 = math.cos(0.03), math.sin(0.03)
    interleaved = [c - 2 * s, s + 2 * c, 3 * c2 - 4 * s2, 3 * s2 + 4 * c2]
    half = [c - 3 * s, 2 * c2 - 4 * s2, s + 3 * c, 2 * s2 + 4 * c2]
    assert apply_rope(x, [3]).tolist() == [pytest.approx(interleaved)]
    assert apply_rope(x, [3], pairing="half").tolist() == [pytest.approx(half)]


@pytest.mark.parametrize("kind", ["default", "linear", "yarn", "llama3", "dynamic"])
def test_half_pairing_equals_llama(kind):
    parameters: dict[str, Any] = {"rope_type": kind, "rope_theta": 10000.0}
    scaling = None
    if kind != "default":
        parameters |= {"factor": 4.0, "original_max_position_embeddings": 11}
        scaling = RopeScaling(kind, factor=4.0, original_length=11)
    if kind == "llama3":
        parameters |= {"low_freq_factor": 1.0, "high_freq_factor": 4.0}
    config = LlamaConfig(head_dim=14, max_position_embeddings=11, rope_parameters=parameters)
    x = randn(2, 3, 17, 14, dtype=torch.float32)
    positions = torch.arange(17)
    cos, sin = LlamaRotaryEmbedding(config)(x, positions[None])
    oracle, _ = llama_rope(x, x, cos, sin)
    got = apply_rope(x, positions, pairing="half", scaling=scaling)
    torch.testing.assert_close(got, oracle, atol=2e-6, rtol=2e-5)


def test_interleaved_pairing_equals_gptj():
    x = randn(2, 17, 3, 14, dtype=torch.float32)  # GPT-J keeps (batch, time, head, size)
    table = modeling_gptj.create_sinusoidal_positions(17, 14)
    sin, cos = table[None].chunk(2, dim=-1)
    oracle = modeling_gptj.apply_rotary_pos_emb(x, sin, cos)
    got = apply_rope(x.transpose(1, 2), torch.arange(17)).transpose(1, 2)
    torch.testing.assert_close(got, oracle, atol=2e-6, rtol=2e-5)


@pytest.mark.parametrize("pairing", PAIRINGS)
@settings(max_examples=25, deadline=None)
@given(
    m=st.integers(-500, 500),
    n=st.integers(-500, 500),
    shift=st.integers(-10000, 10000),
    seed=st.integers(0, 1000),
    scaling=st.sampled_from(
        [None, SCALINGS[0], SCALINGS[1], SCALINGS[2], SCALINGS[3], SCALINGS[4]]
    ),
)
def test_scores_depend_on_the_distance_only(pairing, m, n, shift, seed, scaling):
    q, k = randn(14, seed=seed), randn(14, seed=seed + 1)
    here = rope_score(q, k, m, n, 1000.0, pairing, scaling)
    there = rope_score(q, k, m + shift, n + shift, 1000.0, pairing, scaling)
    assert there.score == pytest.approx(here.score, abs=1e-8)
    torch.testing.assert_close(there.pair_terms, here.pair_terms, atol=1e-8, rtol=0)


def test_distance_does_move_the_score():
    q, k = randn(14), randn(14, seed=1)
    assert abs(rope_score(q, k, 7, 5).score - rope_score(q, k, 8, 5).score) > 1e-3


@pytest.mark.parametrize("pairing", PAIRINGS)
def test_rotations_keep_lengths_and_add_up(pairing):
    x = randn(3, 11, 14)
    positions = torch.arange(11)
    turned = apply_rope(x, positions, pairing=pairing)
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))
    twice = apply_rope(turned, 2 * positions, pairing=pairing)
    torch.testing.assert_close(twice, apply_rope(x, 3 * positions, pairing=pairing))
    torch.testing.assert_close(apply_rope(turned, -positions, pairing=pairing), x)
    assert torch.equal(apply_rope(x, [0] * 11, pairing=pairing), x)


def test_rotation_matrix_is_the_rotation():
    x = randn(1, 14)
    frequencies = rope_frequencies(14, dtype=torch.float64)
    matrix = rotation_matrix(7, frequencies)
    torch.testing.assert_close(matrix @ x[0], apply_rope(x, [7])[0])
    torch.testing.assert_close(matrix.T @ matrix, torch.eye(14, dtype=torch.float64))
    product = rotation_matrix(5, frequencies).T @ matrix
    torch.testing.assert_close(product, rotation_matrix(2, frequencies))


def test_positions_of_each_sentence_may_differ():
    x = randn(2, 3, 5, 14)
    positions = torch.tensor([[0, 1, 2, 3, 4], [0, 0, 0, 1, 2]])
    got = apply_rope(x, positions[:, None])
    for b in range(2):
        torch.testing.assert_close(got[b], apply_rope(x[b], positions[b]))


def test_far_positions_keep_their_digits_in_float32():
    x = randn(1, 64)
    far = apply_rope(x.float(), [1_000_003])
    torch.testing.assert_close(far.double(), apply_rope(x, [1_000_003]), atol=1e-6, rtol=0)


def test_linear_scaling_is_interpolated_positions():
    x = randn(5, 14)
    scaled = apply_rope(x, torch.arange(5), scaling=RopeScaling("linear", factor=4.0))
    torch.testing.assert_close(scaled, apply_rope(x, torch.arange(5) / 4))


def test_yarn_factor_multiplies_q_and_k():
    q, k = randn(14), randn(14, seed=1)
    yarn = RopeScaling("yarn", factor=4.0, original_length=101)
    score = rope_score(q, k, 0, 0, scaling=yarn)
    assert score.score == pytest.approx(yarn.attention_factor**2 * score.score_without_rope)


def test_dynamic_without_a_length_uses_the_last_position():
    x = randn(31, 14)
    dynamic = RopeScaling("dynamic", factor=2.0, original_length=11)
    fixed = RopeScaling("dynamic", factor=2.0, original_length=11, current_length=31)
    by_text = apply_rope(x, torch.arange(31), scaling=dynamic)
    assert torch.equal(by_text, apply_rope(x, torch.arange(31), scaling=fixed))
    assert not torch.allclose(by_text, apply_rope(x, torch.arange(31)))
    short = apply_rope(x[:11], torch.arange(11), scaling=dynamic)
    assert torch.equal(short, apply_rope(x[:11], torch.arange(11)))


def test_tables_give_the_same_rotation():
    x = randn(3, 5, 14)
    cos, sin = rope_tables(torch.arange(5), 14, dtype=torch.float64)
    for pairing in PAIRINGS:
        assert torch.equal(
            rotate(x, cos, sin, pairing), apply_rope(x, torch.arange(5), pairing=pairing)
        )


def test_differentiable():
    x = randn(3, 6).requires_grad_()
    yarn = RopeScaling("yarn", factor=4.0, original_length=101)
    for pairing in PAIRINGS:
        assert torch.autograd.gradcheck(
            lambda t, p=pairing: apply_rope(t, [0, 1, 5], pairing=p, scaling=yarn), (x,)
        )


def test_inputs_unchanged():
    x, positions = randn(5, 14), torch.arange(5)
    before = x.clone()
    for scaling in (None, *SCALINGS):
        apply_rope(x, positions, scaling=scaling)
        apply_rope(x, positions, pairing="half", scaling=scaling)
    compare_scores(x, x, positions)
    compare_pairings(x[0], x[1], positions)
    rope_concatenated_mistake(x, positions)
    permute_projection(x[:4], 2, "half", "interleaved")
    for scheme in POSITION_SCHEMES:
        position_scores(x, x, scheme, table=before)
    assert torch.equal(x, before)
    assert torch.equal(positions, torch.arange(5))


X = torch.ones(3, 4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rope_frequencies(5), "even"),
        (lambda: rope_frequencies(0), "head_dim"),
        (lambda: rope_frequencies(4, base=1.0), "base"),
        (lambda: rope_frequencies(4, base=math.nan), "base"),
        (lambda: rope_frequencies(4, scaling=cast("Any", "yarn")), "RopeScaling"),
        (lambda: rope_frequencies(2, scaling=RopeScaling("ntk", factor=2.0)), "at least 4"),
        (lambda: RopeScaling("ntk-aware"), "kind must be one of"),
        (lambda: RopeScaling("linear", factor=0.5), "factor"),
        (lambda: RopeScaling("yarn", original_length=0), "original_length"),
        (lambda: RopeScaling("yarn", beta_fast=1.0), "beta_fast"),
        (lambda: RopeScaling("llama3", high_freq_factor=1.0), "high_freq_factor"),
        (lambda: RopeScaling("yarn", attention_scale=0.0), "attention_scale"),
        (lambda: RopeScaling("dynamic", current_length=0), "current_length"),
        (lambda: wavelengths([0.0]), "frequencies"),
        (lambda: apply_rope(X, [0, 1]), "positions must have one entry"),
        (lambda: apply_rope(X, torch.zeros(2, 3)), "positions must have one entry"),
        (lambda: apply_rope(X, [0, 1, math.inf]), "positions must hold finite"),
        (lambda: apply_rope(torch.ones(3, 5), [0, 1, 2]), "even"),
        (lambda: apply_rope(X, [0, 1, 2], pairing="neox"), "pairing"),
        (lambda: apply_rope(torch.ones(4), [0]), "x must have"),
        (lambda: rotation_matrix(math.nan, torch.ones(2)), "position"),
        (lambda: rope_score(X[0], torch.ones(6), 0, 0), "one size"),
        (lambda: rope_score(torch.ones(3), torch.ones(3), 0, 0), "even"),
        (lambda: compare_scores(X, torch.ones(2, 4), [0, 1, 2]), "one shape"),
        (lambda: compare_pairings(X[0], torch.ones(6), torch.arange(3)), "one size"),
        (lambda: permute_projection(torch.ones(6, 2), 4, "half", "interleaved"), "multiple"),
        (lambda: pairing_permutation(4, "half", "neox"), "target"),
        (lambda: score_decay(4, [0, 1], generator(), mean=0.0), "mean"),
        (lambda: pair_clocks(4, 0), "context"),
        (lambda: sinusoidal_encoding(0, 4), "length"),
        (lambda: alibi_slopes(0), "num_heads"),
        (lambda: alibi_bias(2, 0), "length"),
        (lambda: learned_positions(X, torch.tensor([-1])), "negative"),
        (lambda: random_position_table(3, 4, generator(), std=-1.0), "std"),
        (lambda: position_scores(X, X, "t5"), "scheme"),
        (lambda: position_scores(X, X, "learned"), "table must be"),
        (lambda: position_scores(X, X, "alibi", slope=-1.0), "slope"),
        (lambda: position_scores(X, torch.ones(2, 4), "none"), "one shape"),
    ],
)
def test_errors(call, message):
    with pytest.raises(ValueError, match=message):
        call()
