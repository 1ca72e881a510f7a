"""Statistics groups, typed vectors, stacks and their gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from core import normalization as core
from core.provenance import Printed


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch() -> Tensor:
    return torch.randn(2, 3, 5, generator=seeded(), dtype=torch.float64)


# --- which values share their statistics ---


def test_groups_by_hand() -> None:
    real = torch.tensor([[True, True, False], [True, True, True]])
    layer = core.statistics_group("layer", (2, 3, 5), (1, 0, 4))
    assert layer.nonzero().tolist() == [[1, 0, d] for d in range(5)]
    counted = core.statistics_group("batch", (2, 3, 5), (1, 0, 4))
    assert counted.nonzero().tolist() == [[b, t, 4] for b in range(2) for t in range(3)]
    masked = core.statistics_group("batch", (2, 3, 5), (1, 0, 4), real)
    assert masked.nonzero().tolist() == [[b, t, 4] for b, t in real.nonzero().tolist()]


@pytest.mark.parametrize("kind", core.KINDS)
@pytest.mark.parametrize("mask", [False, True])
def test_the_groups_mean_is_the_norms_mean(kind: str, mask: bool) -> None:
    x = core.padded_batch(batch(), [2, 3])
    real = x.real if mask else None
    trace = core.normalize(kind, x.x, real)
    for index in [(0, 1, 2), (1, 2, 4)]:
        group = x.x[core.statistics_group(kind, x.x.shape, index, real)]
        square = group.square().mean() if kind == "rms" else group.var(correction=0)
        assert float(trace.variance.expand_as(x.x)[index]) == pytest.approx(float(square))
        if kind != "rms":
            assert float(trace.mean.expand_as(x.x)[index]) == pytest.approx(float(group.mean()))


def test_batch_norm_counts_the_zeros_of_padding_as_torch_does() -> None:
    x = core.padded_batch(batch(), [1, 3])
    oracle = nn.functional.batch_norm(x.x.flatten(0, 1), None, None, training=True)
    torch.testing.assert_close(core.normalize("batch", x.x).output.flatten(0, 1), oracle)
    assert bool((x.x[0, 1:] == 0).all())


def test_a_sentence_that_grows_moves_batch_norms_mean_for_the_others_only() -> None:
    # One feature: sentence 1 is 2, 4, 6; sentence 2 has one real token, 10.
    values = torch.tensor([[[2.0], [4.0], [6.0]], [[10.0], [0.0], [0.0]]])
    found = core.means_by_length(values, [3, 1], 0, (1, 0, 0))
    assert found.counted.tolist() == pytest.approx([12 / 6, 16 / 6, 22 / 6])
    assert found.masked.tolist() == pytest.approx([12 / 2, 16 / 3, 22 / 4])
    assert found.layer.tolist() == [10.0, 10.0, 10.0]


# --- a typed vector ---


def test_one_to_four_by_hand() -> None:
    found = core.vector_norms([1.0, 2.0, 3.0, 4.0], 1e-12)
    assert (float(found.layer.mean), float(found.layer.variance)) == (2.5, 1.25)
    assert found.layer.centered.tolist() == [-1.5, -0.5, 0.5, 1.5]
    root = math.sqrt(1.25)
    assert found.layer.output.tolist() == pytest.approx(
        [-1.5 / root, -0.5 / root, 0.5 / root, 1.5 / root]
    )
    assert float(found.rms.variance) == 7.5
    assert found.rms.output.tolist() == pytest.approx([v / math.sqrt(7.5) for v in (1, 2, 3, 4)])
    assert found.batch.output.flatten().tolist() == [0, 0, 0, 0], "a batch of one token"
    one_feature = core.vector_norms([1.0, 2.0, 3.0, 4.0], 1e-12, "feature")
    torch.testing.assert_close(one_feature.batch.output.flatten(), found.layer.output)


@pytest.mark.parametrize(
    ("text", "values"),
    [("1,2", [1, 2]), (" (1, −2.5; 3e1) ", [1, -2.5, 30]), ("1，2、3", [1, 2, 3])],
)
def test_vectors_are_read(text: str, values: list[float]) -> None:
    assert core.parse_vector(text).tolist() == values


@pytest.mark.parametrize("text", ["", "5", "1,x", "1,nan", "1,inf", "1,1e7", "1 " * 13, "1,\0"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"The vector must h"):
        core.parse_vector(text)


# --- stacks ---


def oracle_layers(
    weights: dict[str, Tensor], D: int, heads: int, norm_first: bool
) -> list[nn.TransformerEncoderLayer]:
    layers = []
    for i in range(len(weights["up"])):
        layer = nn.TransformerEncoderLayer(
            D, heads, 4 * D, dropout=0.0, batch_first=True, norm_first=norm_first, bias=False,
            dtype=torch.float64,
        )  # fmt: skip
        with torch.no_grad():
            joined = torch.cat([weights[name][i] for name in ("query", "key", "value")])
            layer.self_attn.in_proj_weight.copy_(joined)
            layer.self_attn.out_proj.weight.copy_(weights["output"][i])
            layer.linear1.weight.copy_(weights["up"][i])
            layer.linear2.weight.copy_(weights["down"][i])
        layers.append(layer)
    return layers


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("placement", ["pre", "post"])
def test_a_stack_and_its_gradients_equal_torchs(placement: str, causal: bool) -> None:
    B, T, D, heads = 2, 5, 6, 2
    x = torch.randn(B, T, D, generator=seeded(1), dtype=torch.float64)
    weights = core.stack_weights(3, D, seeded(), dtype=torch.float64)
    layers = oracle_layers(weights, D, heads, placement == "pre")
    mask = torch.ones(T, T).triu(1).bool() if causal else None  # torch: True = masked
    expected = x
    for layer in layers:
        expected = layer(expected, src_mask=mask)
    if placement == "pre":
        expected = nn.functional.layer_norm(expected, (D,))
    before = x.clone()
    weights["down"].requires_grad_()
    got = core.run_stack(x, weights, placement, heads=heads, causal=causal)
    torch.testing.assert_close(got, expected)
    assert torch.equal(x, before)
    direction = torch.randn(B, T, D, generator=seeded(2), dtype=torch.float64)
    (gradient,) = torch.autograd.grad((got * direction).sum(), [weights["down"]])
    (expected * direction).sum().backward()
    for i, layer in enumerate(layers):
        (weight,) = layer.linear2.parameters()
        torch.testing.assert_close(gradient[i], weight.grad)


def test_deepnorm_by_hand() -> None:
    constants = core.deepnorm_constants(8)
    assert constants.alpha == pytest.approx(2.0)
    assert constants.beta == pytest.approx(1 / 64**0.25)
    assert core.deepnorm_constants(8, "encoder") == constants
    # One layer whose sublayers are 0 leaves LN(α·LN(α·x)) = LN(x), up to ε.
    x = torch.randn(1, 2, 4, generator=seeded(), dtype=torch.float64)
    zeros = {name: 0 * w for name, w in core.stack_weights(1, 4, seeded()).items()}
    zeros = {name: w.double() for name, w in zeros.items()}
    torch.testing.assert_close(
        core.run_stack(x, zeros, "deepnorm"), core.layer_norm(x), atol=1e-3, rtol=0
    )
    # With α the residual counts more than in post-LN: the output is closer to LN(x).
    weights = core.stack_weights(1, 4, seeded(), dtype=torch.float64)
    far, near = (
        float((core.run_stack(x, weights, name) - core.layer_norm(x)).norm())
        for name in ("post", "deepnorm")
    )
    assert near < far


def test_betas_scale_three_kinds_of_matrices() -> None:
    plain, scaled = (core.stack_weights(2, 3, seeded(), beta=beta) for beta in (1.0, 0.5))
    for name in plain:
        factor = 1.0 if name in ("query", "key") else 0.5
        torch.testing.assert_close(scaled[name], plain[name] * factor)


# --- gradients ---


def test_the_ratio_of_the_last_gradients_grows_as_the_theory_says() -> None:
    depths = (2, 8, 32)
    post, pre = (
        [core.mean_gradients(name, depth, 32, 3, 0) for depth in depths] for name in ("post", "pre")
    )
    found = core.last_ffn_ratio(post, pre)
    assert found.depths == depths
    assert found.ratio.tolist() == pytest.approx(
        [float(a.ffn[-1] / b.ffn[-1]) for a, b in zip(post, pre, strict=True)]
    )
    assert found.slope == pytest.approx(0.5, abs=0.12)
    growth = found.theory[1:] / found.theory[:-1]
    assert growth.tolist() == pytest.approx([2.0, 2.0]), "√4 between neighboring depths"


def test_the_fit_recovers_an_exact_root() -> None:
    post = [core.StackGradients("post", torch.tensor([3.0 * n**0.5] * n), 0.0) for n in (2, 8, 18)]
    pre = [core.StackGradients("pre", torch.ones(n), 0.0) for n in (2, 8, 18)]
    found = core.last_ffn_ratio(post, pre)
    assert found.slope == pytest.approx(0.5)
    torch.testing.assert_close(found.theory, found.ratio)
    assert core.THEORY_EXPONENT.agrees(found.slope)
    assert isinstance(core.THEORY_EXPONENT, Printed)


def test_deepnorms_gradients_are_even_and_small() -> None:
    deep, post = (core.mean_gradients(name, 24, 16, 2, 0).ffn for name in ("deepnorm", "post"))
    assert float(deep.max() / deep.min()) < 1.5 < float(post.max() / post.min())
    assert float(deep.max()) < float(post.min())


def test_mean_gradients_are_geometric_means_of_seeds() -> None:
    both = [core.stack_gradients("pre", 3, 8, seeded(seed)).ffn for seed in (4, 5)]
    torch.testing.assert_close(
        core.mean_gradients("pre", 3, 8, 2, 4).ffn, (both[0] * both[1]).sqrt()
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: core.deepnorm_constants(0), "layers must be at least 1"),
        (lambda: core.deepnorm_constants(3, "both"), "kind must be one of"),
        (lambda: core.padded_batch(batch(), [1]), "lengths must have 2 numbers"),
        (lambda: core.padded_batch(batch(), [0, 3]), "length must be from 1 to 3"),
        (lambda: core.normalize("group", batch()), "kind must be one of"),
        (lambda: core.statistics_group("batch", (2, 3, 5), (2, 0, 0)), "index must be from 0 to 1"),
        (
            lambda: core.statistics_group("batch", (2, 3, 5), (0, 0, 0), torch.ones(3, 2) > 0),
            "mask must have shape",
        ),
        (lambda: core.means_by_length(batch(), [1, 1], 2, (0, 0, 0)), "sentence must be from"),
        (lambda: core.vector_norms([1.0, math.nan]), "x must hold finite"),
        (lambda: core.vector_norms([1.0, 2.0], 0.0), "eps must lie in"),
        (lambda: core.vector_norms([1.0, 2.0], reading="row"), "reading must be one of"),
        (lambda: core.run_stack(batch(), core.stack_weights(1, 5, seeded()), "mid"), "placement"),
        (lambda: core.run_stack(batch(), core.stack_weights(1, 5, seeded()), "pre"), "heads must"),
        (lambda: core.stack_gradients("pre", 0, 8, seeded()), "layers must be at least 1"),
        (lambda: core.mean_gradients("pre", 1, 8, 0, 0), "samples must be at least 1"),
        (lambda: core.last_ffn_ratio([], []), "post and pre must hold stacks"),
    ],
)  # fmt: skip
def test_errors_name_the_argument(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
