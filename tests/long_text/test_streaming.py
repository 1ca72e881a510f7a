"""A cache of limited size: against the model's own pass, and against decoding with a real cache."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from core.attention import attention
from core.lm import LanguageModel
from core.lm.forward import feed_forward, ignore, rope_for, split_heads
from core.long_text import PRINTED_PERPLEXITY, sinks_record
from core.long_text.streaming import stream, streaming_mask
from core.normalization import rms_norm
from core.positions import rotate
from training.attention_sinks import TEXT as SOURCE

TEXT = "In the beginning God created the heaven and the earth. And the earth was without form."


def decoded(model: LanguageModel, ids: list[int], cache: int, sinks: int) -> list[float]:
    """Decode token by token: keep unrotated keys, drop the oldest, count positions in the cache."""
    weights, config = model.weights, model.config
    stored: list[tuple[list, list]] = [([], []) for _block in weights.blocks]
    losses = []
    for t, token in enumerate(ids[:-1]):
        x = F.embedding(torch.tensor([[token]]), weights.embedding)
        for layer, block in enumerate(weights.blocks):
            normed = rms_norm(x, config.norm_eps, block.attn_norm)
            q = split_heads(F.linear(normed, block.attn_q), config.num_heads)
            keys, values = stored[layer]
            keys.append(split_heads(F.linear(normed, block.attn_k), config.num_kv_heads))
            values.append(split_heads(F.linear(normed, block.attn_v), config.num_kv_heads))
            if len(keys) > cache:
                del keys[sinks], values[sinks]
            cos, sin = rope_for(range(len(keys)), weights, config, x.device)
            k = rotate(torch.cat(keys, dim=2), cos, sin)
            mixed = attention(rotate(q, cos[-1:], sin[-1:]), k, torch.cat(values, dim=2)).output
            x = x + F.linear(mixed.transpose(1, 2).flatten(2), block.attn_output)
            normed = rms_norm(x, config.norm_eps, block.ffn_norm)
            x = x + feed_forward(normed, block, layer, ignore)
        final = rms_norm(x, config.norm_eps, weights.output_norm)
        losses.append(-float(model.unembed(final[0, 0]).float().log_softmax(-1)[ids[t + 1]]))
    return losses


def test_a_large_cache_is_the_model(language_model: LanguageModel) -> None:
    ids = language_model.encode(TEXT)
    logits = language_model.logits(ids)[:-1].float()
    expected = F.cross_entropy(logits, torch.tensor(ids[1:]), reduction="none")
    trace = stream(language_model, ids, len(ids), 2)
    torch.testing.assert_close(trace.nll, expected, atol=2e-3, rtol=1e-3)
    assert trace.perplexity == pytest.approx(math.exp(float(expected.mean())), rel=1e-3)


@pytest.mark.parametrize("sinks", [0, 2])
def test_one_pass_is_decoding_with_a_cache(language_model: LanguageModel, sinks: int) -> None:
    ids = language_model.encode(TEXT)[:8]
    with torch.no_grad():
        expected = decoded(language_model, ids, 4, sinks)
    found = stream(language_model, ids, 4, sinks).nll.tolist()
    assert found == pytest.approx(expected, abs=2e-3)


def test_the_mask_by_hand() -> None:
    rows = ["1000", "1100", "1110", "1011"]
    assert streaming_mask(4, 3, 1).int().tolist() == [[int(c) for c in row] for row in rows]
    assert streaming_mask(4, 2, 0).sum(dim=1).tolist() == [1, 2, 2, 2]


def test_bad_arguments_are_named(language_model: LanguageModel) -> None:
    with pytest.raises(ValueError, match="at least 2 tokens; got 1"):
        stream(language_model, [5], 4)
    with pytest.raises(ValueError, match="sinks must be from 0 to 3"):
        streaming_mask(4, 4, 4)
    with pytest.raises(ValueError, match="cache must be at least 1"):
        streaming_mask(4, 0, 0)


def test_the_record_is_what_the_model_gives(language_model: LanguageModel) -> None:
    record = sinks_record()
    ids = language_model.encode(SOURCE.read_text()[:1_000])[: 3 * record.block + 1]
    trace = stream(language_model, ids, 64, 0)
    run = next(run for run in record.runs if (run.cache, run.sinks) == (64, 0))
    blocks = trace.nll.double().view(-1, record.block).mean(dim=1)
    assert blocks.tolist() == pytest.approx(run.nll[:3], abs=2e-3)


def test_the_record_is_complete_and_shows_the_effect() -> None:
    record = sinks_record()
    assert len(record.runs) == 10
    assert all(len(run.nll) == (record.length - 1) // record.block for run in record.runs)
    for cache in (64, 128, 256):
        none, one, four = (
            next(r for r in record.runs if (r.cache, r.sinks) == (cache, sinks)).nll
            for sinks in (0, 1, 4)
        )
        before = cache // record.block
        for kept in (one, four):  # nothing was dropped yet
            assert kept[:before] == pytest.approx(none[:before], abs=1e-4)
        assert sum(none[before:]) > sum(one[before:]) > sum(four[before:])
    assert PRINTED_PERPLEXITY[4, 1020].value == 5.40
