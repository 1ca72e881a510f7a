from __future__ import annotations

import math

import pytest
import torch
from transformers.modeling_gguf_pytorch_utils import LlamaTensorProcessor
from transformers.models.bloom.modeling_bloom import build_alibi_tensor

from core.positions import (
    PAIRING_WAYS,
    PAIRINGS,
    POSITION_SCHEMES,
    abel_bound,
    additive_terms,
    alibi_bias,
    alibi_slopes,
    apply_rope,
    causal_weights,
    compare_pairings,
    compare_scores,
    explain_component,
    learned_positions,
    pair_clocks,
    pairing_permutation,
    permute_projection,
    position_scores,
    random_position_table,
    rope_concatenated_mistake,
    rope_mixed_tables_mistake,
    rope_score,
    score_by_offset,
    score_decay,
    sinusoidal_encoding,
)
from tests.positions.cases import SCALINGS, generator, randn

# Pairings


def test_pairings_are_one_rotation_in_two_orders():
    x = randn(3, 5, 14)
    positions = torch.arange(5)
    there = pairing_permutation(14, "interleaved", "half")
    back = pairing_permutation(14, "half", "interleaved")
    assert torch.equal(there[back], torch.arange(14))
    half = apply_rope(x[..., there], positions, pairing="half")
    torch.testing.assert_close(half[..., back], apply_rope(x, positions))
    assert not torch.allclose(apply_rope(x, positions, pairing="half"), apply_rope(x, positions))


def test_projection_permutation_is_that_of_gguf():
    weight = randn(3 * 14, 5)
    config = {"num_attention_heads": 9, "num_key_value_heads": 3}
    library = LlamaTensorProcessor(config=config)
    from_gguf = library.process(weight.numpy(), "blk.0.attn_k.weight").weights
    ours = permute_projection(weight, 3, "interleaved", "half")
    assert torch.equal(ours, torch.from_numpy(from_gguf.copy()))
    assert torch.equal(permute_projection(ours, 3, "half", "interleaved"), weight)
    # the permuted projection feeds the other pairing and gives the same scores
    x = randn(11, 5, seed=1)
    q_inter = apply_rope((x @ weight.T).view(11, 3, 14).transpose(0, 1), torch.arange(11))
    q_half = apply_rope(
        (x @ ours.T).view(11, 3, 14).transpose(0, 1), torch.arange(11), pairing="half"
    )
    torch.testing.assert_close(q_inter @ q_inter.mT, q_half @ q_half.mT)


def test_slips_as_measured():
    q, k = randn(14), randn(14, seed=1)
    got = compare_pairings(q, k, torch.arange(11))
    assert got.wrong_by["interleaved"] == 0.0
    assert got.wrong_by["half"] < 1e-12
    # Concatenating the halves of both q and k permutes both alike: the scores survive ...
    assert got.wrong_by["concatenated"] < 1e-12
    # ... and fail as soon as one side is rotated properly.
    assert got.wrong_by["concatenated q, proper k"] > 0.1
    assert got.wrong_by["mixed"] > 0.1
    for right in ("interleaved", "half", "concatenated"):
        assert got.not_relative_by[right] < 1e-12
    assert got.not_relative_by["mixed"] > 0.1
    assert not torch.allclose(got.q_rotated["half"], got.q_rotated["interleaved"])


def test_what_the_slips_break():
    x = randn(5, 14)
    positions = torch.arange(5)
    mistaken = rope_concatenated_mistake(x, positions)
    index = pairing_permutation(14, "interleaved", "half")
    assert torch.equal(mistaken, apply_rope(x, positions)[:, index])
    twice = rope_concatenated_mistake(mistaken, positions)
    assert not torch.allclose(twice, rope_concatenated_mistake(x, 2 * positions))
    mixed = rope_mixed_tables_mistake(x, positions)
    assert torch.equal(mixed[0], x[0])
    assert not torch.allclose(mixed.norm(dim=-1), x.norm(dim=-1))


# Scores and distance


@pytest.mark.parametrize("pairing", PAIRINGS)
@pytest.mark.parametrize("scaling", [None, *SCALINGS])
def test_closed_form_of_the_score(pairing, scaling):
    q, k = randn(14), randn(14, seed=1)
    offsets = [0, 1, 2, 3, 28]
    closed = score_by_offset(q, k, offsets, 1000.0, pairing, scaling)
    direct = [rope_score(q, k, d, 0, 1000.0, pairing, scaling).score for d in offsets]
    torch.testing.assert_close(closed, torch.tensor(direct, dtype=torch.float64))
    without = rope_score(q, k, 0, 0, 1000.0, pairing).score_without_rope
    factor = 1.0 if scaling is None else scaling.attention_factor**2
    assert float(closed[0]) == pytest.approx(factor * without)


def test_compare_scores():
    q, k = randn(3, 5, 14), randn(3, 5, 14, seed=1)
    got = compare_scores(q, k, torch.arange(5))
    torch.testing.assert_close(got.without_rope, q @ k.mT / math.sqrt(14))
    oracle = apply_rope(q, torch.arange(5)) @ apply_rope(k, torch.arange(5)).mT / math.sqrt(14)
    torch.testing.assert_close(got.with_rope, oracle)
    torch.testing.assert_close(got.difference, oracle - got.without_rope)
    # a token's score with itself does not change: distance 0
    zero = torch.zeros(3, 5, dtype=torch.float64)
    torch.testing.assert_close(got.difference.diagonal(dim1=1, dim2=2), zero)


def test_decay_bound_and_mean():
    offsets = torch.tensor([0, 1, 7, 50, 200])
    got = score_decay(64, offsets, generator(), samples=997)
    theta = [10000 ** (-2 * i / 64) for i in range(32)]
    for index, d in enumerate(offsets.tolist()):
        terms = [complex(math.cos(d * t), math.sin(d * t)) for t in theta]
        partial = [abs(sum(terms[:j])) for j in range(1, 33)]
        assert float(got.bound[index]) == pytest.approx(sum(partial) / 32)
        assert float(got.amplitude[index]) == pytest.approx(abs(sum(terms)) / 32)
        mean = sum(math.cos(d * t) for t in theta) / 32
        assert float(got.expected[index]) == pytest.approx(mean)
        error = 5 * float(got.measured_std[index]) / math.sqrt(997)
        assert float(got.measured_mean[index]) == pytest.approx(mean, abs=error)
    assert float(got.bound[0]) == pytest.approx(16.5), "at distance 0, |Sⱼ| = j"
    assert float(got.expected[0]) == 1.0
    assert float(got.expected[-1]) < 0.5


@pytest.mark.parametrize(("size", "base"), [(2, 10.0), (16, 10.0), (64, 1e4), (128, 1e7)])
def test_the_bound_lies_above_the_scores_that_it_bounds_at_every_distance(size, base):
    decay = score_decay(size, torch.arange(300), generator(), base, mean=0.5, samples=7)
    rounding = 1e-12
    assert bool((decay.bound >= decay.amplitude - rounding).all())
    assert bool((decay.amplitude >= decay.expected.abs() - rounding).all())
    # The theorem itself, for a query and a key without anything in common.
    q, k = randn(2, size)
    h = torch.view_as_complex(q.view(-1, 2)) * torch.view_as_complex(k.view(-1, 2)).conj()
    offsets = torch.arange(300, dtype=torch.float64)
    theta = base ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
    bound = abel_bound(h, offsets[:, None] * theta)
    scores = score_by_offset(q, k, offsets, base)
    assert bool((bound >= scores.abs() - 1e-9).all())
    assert bool((scores.abs() > decay.bound).any()), "a bound of other products may lie below"


@pytest.mark.parametrize("way", PAIRING_WAYS)
def test_a_component_taken_apart_is_that_of_the_rotated_vector(way):
    q, k = randn(2, 14)
    rotated = compare_pairings(q, k, [0, 5, 11]).q_rotated[way]
    for row, position in enumerate((0, 5, 11)):
        for index in range(14):
            part = explain_component(q, position, index, way)
            assert part.value == pytest.approx(float(rotated[row, index]), abs=1e-6)
            assert part.value == pytest.approx(
                part.own * math.cos(part.angle) + part.partner * math.sin(part.angle)
            )


def test_the_terms_of_an_added_position_are_those_of_the_product():
    q, k, p, r = randn(4, 7)
    terms = additive_terms(q, k, p, r)
    assert terms.score == pytest.approx(float((q + p) @ (k + r)) / math.sqrt(7))
    assert terms.query_position == pytest.approx(float(p @ k) / math.sqrt(7))
    assert terms.key_position == pytest.approx(float(q @ r) / math.sqrt(7))
    with pytest.raises(ValueError, match="one size"):
        additive_terms(q, k, p, r[:3])


def test_causal_weights_are_the_softmax_over_earlier_keys():
    scores = randn(5, 5)
    weights = causal_weights(scores)
    for row in range(5):
        exps = [math.exp(float(s)) for s in scores[row, : row + 1]]
        assert weights[row].tolist() == pytest.approx(
            [e / sum(exps) for e in exps] + [0.0] * (4 - row)
        )


def test_clocks():
    clocks = pair_clocks(64, 2048)
    # 10000^(i/32) > 2048 / 2π  <=>  i > 20.1
    assert clocks.never_full == 11
    assert bool((clocks.turns[:21] >= 1).all())
    assert bool((clocks.wavelengths > 2048).sum() == 11)
    assert float(clocks.wavelengths[0]) == pytest.approx(2 * math.pi)


# Other schemes


def test_sinusoidal_by_hand_and_formula():
    table = sinusoidal_encoding(7, 6)
    assert table.shape == (7, 6)
    for t in range(7):
        for i in range(3):
            angle = t / 10000 ** (2 * i / 6)
            assert float(table[t, 2 * i]) == pytest.approx(math.sin(angle), abs=1e-7)
            assert float(table[t, 2 * i + 1]) == pytest.approx(math.cos(angle), abs=1e-7)
    assert torch.equal(sinusoidal_encoding(7, 5), sinusoidal_encoding(7, 5)[:, :5])
    assert sinusoidal_encoding(7, 5).shape == (7, 5)


def test_sinusoidal_dot_products_depend_on_distance_only():
    table = sinusoidal_encoding(31, 14).double()
    products = table @ table.T
    for d in range(31):
        diagonal = products.diagonal(d)
        torch.testing.assert_close(diagonal, diagonal[:1].expand_as(diagonal), atol=1e-5, rtol=0)
    assert float(products[0, 0]) == pytest.approx(7.0)


@pytest.mark.parametrize("heads", [1, 2, 3, 5, 7, 8, 11, 12, 16, 71])
def test_alibi_equals_bloom(heads):
    length = 7
    oracle = build_alibi_tensor(torch.ones(1, length), heads, torch.float32).view(heads, length)
    torch.testing.assert_close(alibi_slopes(heads), oracle[:, 1])
    # BLOOM adds slope·j, which softmax cannot tell from -slope·(i - j): equal up to a row constant
    bias = alibi_bias(heads, length)
    assert bias.shape == (heads, length, length)
    lower = torch.ones(length, length, dtype=torch.bool).tril()
    shifted = oracle[:, None, :] - (alibi_slopes(heads)[:, None] * torch.arange(length))[..., None]
    torch.testing.assert_close(bias[:, lower], shifted[:, lower])
    torch.testing.assert_close(bias, bias.mT)


def test_alibi_by_hand():
    assert alibi_slopes(4).tolist() == [1 / 4, 1 / 16, 1 / 64, 1 / 256]
    assert alibi_slopes(3).tolist() == [1 / 16, 1 / 256, 1 / 4]
    assert alibi_bias(4, 3)[0, 2].tolist() == [-0.5, -0.25, 0.0]


def test_learned_table():
    table = random_position_table(5, 3, generator())
    assert torch.equal(learned_positions(table, torch.tensor([4, 0])), table[[4, 0]])
    with pytest.raises(ValueError, match="from 0 to 4"):
        learned_positions(table, torch.tensor([0, 5]))
    assert float(random_position_table(101, 101, generator()).std()) == pytest.approx(0.02, 0.05)


@pytest.mark.parametrize("scheme", POSITION_SCHEMES)
def test_schemes_on_one_scale(scheme):
    content = randn(14).expand(11, 14)
    table = random_position_table(7, 14, generator()).double()
    got = position_scores(content, content, scheme, table=table, slope=0.25)
    plain = content @ content.T / math.sqrt(14)
    places = torch.arange(11)
    if scheme == "none":
        oracle = plain
    elif scheme == "alibi":
        oracle = plain - 0.25 * (places[:, None] - places).abs()
    elif scheme == "rope":
        turned = apply_rope(content, places)
        oracle = turned @ turned.T / math.sqrt(14)
    elif scheme == "sinusoidal":
        moved = content + sinusoidal_encoding(11, 14).double()
        oracle = moved @ moved.T / math.sqrt(14)
    else:
        moved = content[:7] + table
        oracle = torch.zeros(11, 11, dtype=torch.float64)
        oracle[:7, :7] = moved @ moved.T / math.sqrt(14)
        assert got.distance_defined.tolist() == [True] * 7 + [False] * 4
        assert int(got.defined.sum()) == 49
    torch.testing.assert_close(got.scores, oracle)
    if scheme != "learned":
        assert bool(got.defined.all())
        assert bool(got.distance_defined.all())
        means = [float(oracle.diagonal(-d).mean()) for d in range(11)]
        assert got.by_distance.tolist() == pytest.approx(means)
