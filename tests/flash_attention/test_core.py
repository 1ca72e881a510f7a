"""FlashAttention's core: by hand, against torch, identities, and unchanged inputs."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend

from core.errors import InputError
from core.flash_attention import (
    CARDS,
    KINDS,
    PRINTED_FLOPS,
    PRINTED_TRAFFIC,
    attention_traffic,
    exponent_range,
    figure_2,
    measuring,
    softmax_in_format,
    tiled_attention,
)
from core.provenance import Printed

LN3 = math.log(3.0)


def qkv(rows: int = 11, d: int = 5, dv: int = 7, seed: int = 0) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [
        torch.randn(rows, width, generator=generator, dtype=torch.float64) for width in (d, d, dv)
    ]


def test_two_keys_by_hand() -> None:
    # Scores 0 and ln 3: weights 1/4 and 3/4 of the values 0 and 4.
    q, k = torch.tensor([[0.0], [1.0]]), torch.tensor([[0.0], [LN3]])
    trace = tiled_attention(q, k, torch.tensor([[0.0], [4.0]]), 1, 1)
    assert [(v.row_tile, v.key_tile) for v in trace.visits] == [(0, 0), (1, 0), (1, 1)]
    assert trace.skipped == ((0, 1),)
    assert [float(step.l[1]) for step in trace.steps] == pytest.approx([1, 4 / 3])
    assert [float(step.alpha[1]) for step in trace.steps] == pytest.approx([0, 1 / 3])
    assert trace.distance[:, 1].tolist() == pytest.approx([3, 0], abs=1e-6)
    assert float(trace.output[1]) == pytest.approx(3)


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize(("query_tile", "key_tile"), [(1, 1), (2, 3), (3, 2), (5, 7), (99, 99)])
def test_tiles_give_what_torch_gives(causal: bool, query_tile: int, key_tile: int) -> None:
    q, k, v = qkv()
    trace = tiled_attention(q, k, v, query_tile, key_tile, causal=causal)
    oracle = F.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=causal)
    torch.testing.assert_close(trace.output, oracle[0])
    torch.testing.assert_close(trace.exact, oracle[0])
    assert float(trace.distance[-1].max()) < 1e-12


def test_tiles_before_the_last_one_give_attention_over_the_keys_seen() -> None:
    q, k, v = qkv()
    trace = tiled_attention(q, k, v, 4, 3, causal=False, order=[2, 0, 3, 1])
    seen = [*range(6, 9), *range(3)]
    oracle = F.scaled_dot_product_attention(q[None], k[None, seen], v[None, seen])[0]
    torch.testing.assert_close(trace.running[1], oracle)


@pytest.mark.parametrize("causal", [True, False])
def test_the_order_does_not_matter(causal: bool) -> None:
    q, k, v = qkv()
    natural = tiled_attention(q, k, v, 2, 4, causal=causal)
    for order in ([2, 1, 0], [1, 2, 0]):
        other = tiled_attention(q, k, v, 2, 4, causal=causal, order=order)
        torch.testing.assert_close(other.output, natural.output)
        assert [visit.key_tile for visit in other.visits if visit.row_tile == 5] == order
        assert {*other.skipped} == {*natural.skipped}


def test_exactly_the_masked_tiles_are_skipped() -> None:
    q, k, v = qkv()
    trace = tiled_attention(q, k, v, 3, 2)
    for r, c in trace.skipped:
        assert not trace.mask[3 * r : 3 * r + 3, 2 * c : 2 * c + 2].any()
    for visit in trace.visits:
        assert trace.mask[visit.rows.start : visit.rows.stop, visit.keys.start].any()
    assert len(trace.visits) + len(trace.skipped) == 4 * 6
    assert not tiled_attention(q, k, v, 3, 2, causal=False).skipped


def test_the_mistake_shows_only_with_more_than_one_key_per_tile() -> None:
    q, k, v = qkv()
    assert float(tiled_attention(q, k, v, 3, 1, sum_first=True).distance[-1].max()) < 1e-12
    wrong = tiled_attention(q, k, v, 3, 4, causal=False, sum_first=True)
    assert float(wrong.distance[-1].min()) > 0.01
    weights = torch.softmax(q @ k.T / 5**0.5, dim=-1)
    means = [weights[:, s : s + 4].sum(1, keepdim=True) * v[s : s + 4].mean(0) for s in (0, 4, 8)]
    torch.testing.assert_close(wrong.output, sum(means, torch.zeros(11, 7).double()))


def test_inputs_stay_as_they_are() -> None:
    q, k, v = qkv()
    copies = [x.clone() for x in (q, k, v)]
    order = [1, 0, 2]
    tiled_attention(q, k, v, 4, 4, order=order, sum_first=True)
    softmax_in_format(q[0], "float16")
    assert all(torch.equal(x, y) for x, y in zip((q, k, v), copies, strict=True))
    assert order == [1, 0, 2]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"query_tile": 0}, "query_tile must be at least 1"),
        ({"key_tile": 1.5}, "key_tile must be a whole number"),
        ({"order": [0, 0, 1]}, "each of the 3 tiles once; got"),
        ({"q": torch.full((11, 5), math.nan)}, "q must hold finite numbers"),
        ({"v": torch.zeros(3)}, "v must have 2 to 2 dimensions"),
        ({"k": torch.zeros(3, 5), "v": torch.zeros(3, 5)}, "equally many rows; got 11 and 3"),
    ],
)
def test_bad_tiles_are_named(changes: dict[str, object], message: str) -> None:
    q, k, v = qkv()
    arguments = {"q": q, "k": k, "v": v, "query_tile": 4, "key_tile": 4} | changes
    with pytest.raises(InputError, match=message):
        tiled_attention(**arguments)  # ty: ignore[invalid-argument-type]


def test_float16_overflows_at_12_by_hand() -> None:
    found = softmax_in_format(torch.tensor([12.0, 0.0, 1.0]), "float16")
    assert found.plain.exponentials.tolist() == [math.inf, 1, pytest.approx(math.e, rel=1e-3)]
    assert math.isnan(found.plain.weights[0])
    assert found.plain.weights[1:].tolist() == [0, 0]
    assert (found.plain.correct, found.shifted.correct) == (False, True)
    assert found.shifted.exponentials[0] == 1
    assert softmax_in_format(torch.tensor([12.0, 0.0]), "bfloat16").plain.correct
    assert not softmax_in_format(torch.tensor([89.0, 0.0]), "float32").plain.correct


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32"])
def test_the_range_of_every_format_is_where_torch_overflows(name: str) -> None:
    low, high = exponent_range(name)
    dtype = getattr(torch, name)
    edge = 2.0**-6 if name != "bfloat16" else 0.6  # bfloat16 rounds the score itself
    for score, finite in ((high - edge, True), (high + edge, False)):
        assert bool(torch.tensor(score, dtype=dtype).exp().isfinite()) is finite
    for score, positive in ((low + edge, True), (low - edge, False)):
        assert bool(torch.tensor(score, dtype=dtype).exp() > 0) is positive


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize("offset", [-200.0, 0.0, 200.0])
def test_subtracting_the_maximum_always_works(name: str, offset: float) -> None:
    scores = 4 * torch.randn(16, generator=torch.Generator().manual_seed(1)) + offset
    found = softmax_in_format(scores, name)
    assert found.shifted.correct
    stored = scores.to(getattr(torch, name))
    oracle = torch.softmax(stored.double(), dim=0)
    assert float((found.shifted.weights.double() - oracle).abs().max()) < 0.01
    assert not found.plain.correct if abs(offset) == 200 else True
    with pytest.raises(InputError, match="finite numbers of float16"):
        softmax_in_format(torch.tensor([1e6]), "float16")
    with pytest.raises(InputError, match="name must be one of"):
        softmax_in_format(scores, "float8")


def test_traffic_by_hand() -> None:
    # N = 4, d = 2, M = 16: 2 keys per tile, 2 tiles.
    standard, flash = (attention_traffic(4, 2, kind, 16) for kind in KINDS)
    # Read q, k; s; p, v. Write s; p; o.
    assert (standard.read, standard.written) == (8 + 8 + 16 + 16 + 8, 16 + 16 + 8)
    # Read k, v once; q, o, m, l for each tile. Write o, m, l for each tile.
    assert (flash.read, flash.written) == (8 + 8 + 2 * (8 + 8 + 4 + 4), 2 * (8 + 4 + 4))
    assert (flash.block_columns, flash.block_rows, flash.column_tiles, flash.row_tiles) == (
        2, 2, 2, 2,
    )  # fmt: skip
    assert standard.flops == flash.flops == 4 * 16 * 2
    assert (standard.bytes, standard.intensity) == (2 * 96, 128 / 192)
    assert (standard.extra, flash.extra) == (32, 8)


def test_flash_traffic_is_what_a_simulated_kernel_moves() -> None:
    length, d, sram = 37, 3, 120
    found = attention_traffic(length, d, "flash", sram)
    read = written = 0
    for start in range(0, length, found.block_columns):
        read += 2 * d * min(found.block_columns, length - start)
        for row in range(0, length, found.block_rows):
            rows = min(found.block_rows, length - row)
            read += rows * (2 * d + 2)
            written += rows * (d + 2)
    assert (found.read, found.written) == (read, written)


@pytest.mark.parametrize("n", [1, 7, 1024])
@pytest.mark.parametrize("d", [2, 64])
def test_identities_of_the_counts(n: int, d: int) -> None:
    standard = attention_traffic(n, d)
    assert standard.numbers == 4 * n * n + 4 * n * d
    assert attention_traffic(n, d, backward=True).numbers == 7 * n * n + 8 * n * d
    flash = attention_traffic(n, d, "flash", 10**9)
    assert flash.numbers == 5 * n * d + 4 * n, "with one tile everything is moved once"
    assert flash.block_columns == flash.block_rows * flash.row_tiles if n <= d else True
    assert max(flash.block_columns, flash.block_rows) <= n
    back = attention_traffic(n, d, "flash", backward=True)
    assert back.numbers == 4 * n * d + back.column_tiles * (5 * n * d + 2 * n)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 64), "length must be at least 1"),
        ((8, 0), "head_dim must be at least 1"),
        ((8, 64, "sparse"), "kind must be one of"),
        ((8, 64, "flash", 63), "sram_numbers must be at least 64"),
        ((8, 64, "flash", 640, 0), "bytes_per_number must be at least 1"),
    ],
)
def test_bad_counts_are_named(arguments: tuple[int, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        attention_traffic(*arguments)


def test_figure_2_is_printed_in_two_versions_and_neither_is_what_the_algorithms_move() -> None:
    standard, flash = figure_2("standard"), figure_2("flash")
    heads, n, d = 1024, 1024, 64
    assert standard[0] == pytest.approx(2 * heads * (11 * n * n + 12 * n * d) / 1e9)
    assert standard[1] == pytest.approx(heads * 12 * n * n * d / 1e9)
    assert flash == (pytest.approx(4.064, abs=1e-3), pytest.approx(962.07, abs=0.01))
    texts = {key: printed.text for key, printed in PRINTED_TRAFFIC.items()}
    assert texts == {
        ("standard", 1): "35.3",
        ("flash", 1): "4.4",
        ("standard", 2): "40.3",
        ("flash", 2): "4.4",
    }
    for (kind, _version), printed in PRINTED_TRAFFIC.items():
        assert isinstance(printed, Printed)
        assert not printed.agrees(figure_2(kind)[0])
    # "The printed operations are about a twelfth of what this setup needs."
    for kind, printed in PRINTED_FLOPS.items():
        assert 12 < figure_2(kind)[1] / printed.value < 13


def test_the_roofline() -> None:
    for card in CARDS:
        assert card.source
        assert card.attainable(card.ridge) == pytest.approx(card.peak)
        assert card.attainable(card.ridge / 2) == pytest.approx(card.peak / 2)
        assert card.attainable(2 * card.ridge) == card.peak
        traffic = attention_traffic(4096, 64)
        seconds = card.least_seconds(traffic)
        assert traffic.flops / seconds == pytest.approx(card.attainable(traffic.intensity))
        assert card.least_seconds(traffic, 3) == pytest.approx(3 * seconds)
    with pytest.raises(InputError, match="intensity"):
        CARDS[0].attainable(0)


@pytest.mark.parametrize("causal", [True, False])
def test_both_measured_kernels_are_attention(causal: bool) -> None:
    q, k, v = (x[None, None].float() for x in qkv(40, 16, 16))
    oracle = F.scaled_dot_product_attention(q.double(), k.double(), v.double(), is_causal=causal)
    for kernel in (measuring.plain_attention, measuring.fused_attention):
        torch.testing.assert_close(kernel(q, k, v, causal).double(), oracle, rtol=1e-5, atol=1e-5)
    assert SDPBackend.MATH not in measuring.FUSED


def test_memory_of_plain_attention_grows_with_the_square() -> None:
    device, _format = measuring.device_of_measurement()
    if device != "cpu":
        pytest.skip("the caching allocator of a GPU rounds")
    plain, fused = (measuring.measure(kernel, 512) for kernel in measuring.KERNELS)
    assert 2 <= plain.peak_bytes / (4 * 512**2) < 3, "two matrices and a mask"
    assert fused.peak_bytes < plain.peak_bytes / 4
    assert 0 < plain.seconds < 10
    assert plain.runs >= measuring.LEAST_RUNS


def test_lengths_stay_within_the_bounds() -> None:
    for device, most in measuring.MOST_BYTES.items():
        plain, fused = (measuring.lengths_to_measure(k, device) for k in measuring.KERNELS)
        assert plain == fused[: len(plain)]
        assert plain[-1] ** 2 * 3 * (4 if device == "cpu" else 2) <= most
        assert fused[-1] == measuring.LONGEST[device]


def test_requests_are_answered_or_refused() -> None:
    assert '"seconds"' in measuring.answer('{"kernel": "fused", "length": 128}')
    for request in ('{"kernel": "fused", "length": 10000000}', '{"kernel": "x", "length": 128}'):
        assert '"error"' in measuring.answer(request)
