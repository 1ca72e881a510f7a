"""What the attention page asks of the two models: ablation, unknown tokens, padding positions."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

TEXT = "When Mary and John went to the store, John gave a drink to"
CHINESE = "注意力机制让模型关注 the 我"


def test_ablating_no_head_changes_nothing(language_model):
    ids = language_model.encode(TEXT)
    assert torch.equal(language_model.ablated_logits(ids, []), language_model.next_logits(ids))


def test_an_ablated_head_is_taken_out_of_the_output_projection(language_model):
    """In the last layer an ablation acts on one matrix product only, which is recomputed here."""
    ids = language_model.encode("The cat sat on the mat and")
    layer, head, d = 29, 4, language_model.config.head_dim
    trace = language_model.trace(ids, [layer], ["head_outputs", "residual_middle"])
    block = language_model.weights.blocks[layer]
    own = trace.head_outputs[0, head, -1] @ block.attn_output[:, head * d : (head + 1) * d].T
    x = trace.residual_middle[0, -1] - own
    normed = F.rms_norm(x, x.shape, block.ffn_norm, language_model.config.norm_eps)
    gate, up = block.ffn_gate @ normed, block.ffn_up @ normed
    x = x + block.ffn_down @ (F.silu(gate) * up)
    weights = language_model.weights
    final = F.rms_norm(x, x.shape, weights.output_norm, language_model.config.norm_eps)
    expected = weights.output @ final
    found = language_model.ablated_logits(ids, [(layer, head)])
    torch.testing.assert_close(found, expected, atol=2e-3, rtol=1e-4)
    assert float((found - language_model.next_logits(ids)).abs().max()) > 0.01


@pytest.mark.parametrize("head", [(30, 0), (0, 9), (-1, 0)])
def test_heads_that_the_model_does_not_have_are_refused(language_model, head):
    with pytest.raises(ValueError, match=r"layer|head"):
        language_model.ablated_logits([1, 2], [head])


def test_every_unknown_token_has_the_characters_that_it_replaces(encoder):
    ids, sources, cut = encoder.encode_with_sources(CHINESE)
    assert cut == 0
    assert ids == encoder.encode(CHINESE)
    assert sources[0] == sources[-1] == ""
    assert "".join(sources) == CHINESE.replace(" ", "")
    vocabulary = encoder.tokenizer.get_vocab()
    for i, source in zip(ids[1:-1], sources[1:-1], strict=True):
        assert (i == encoder.unknown_id) == (source not in vocabulary), source


def test_sources_of_a_long_text_are_cut_with_it(encoder):
    ids, sources, cut = encoder.encode_with_sources("one two three four five", 5)
    assert (len(ids), len(sources), cut) == (5, 5, 2)
    assert sources == ["", "one", "two", "three", ""]


def test_padding_that_takes_up_positions_changes_the_result(encoder):
    """Left-padded and masked, the original BERT moves the words to later positions."""
    ids = encoder.encode("The cat sat on the mat.")
    row = [encoder.config.pad_id] * 4 + ids
    real = torch.tensor([False] * 4 + [True] * len(ids))
    alone = encoder.trace(ids)
    renumbered = encoder.trace(row, real)
    counted = encoder.trace(row, real, count_padding=True)
    assert float(alone.pooled @ renumbered.pooled) == pytest.approx(1, abs=1e-5)
    assert float(alone.pooled @ counted.pooled) < 0.95
    positions = encoder.weights["embeddings.position_embeddings.weight"]
    words = encoder.weights["embeddings.word_embeddings.weight"][row]
    segment = encoder.weights["embeddings.token_type_embeddings.weight"][0]
    x = words + positions[: len(row)] + segment
    expected = F.layer_norm(
        x,
        x.shape[-1:],
        encoder.weights["embeddings.LayerNorm.weight"],
        encoder.weights["embeddings.LayerNorm.bias"],
        encoder.config.norm_eps,
    )
    torch.testing.assert_close(counted.hidden[0], expected)
    with pytest.raises(ValueError, match="514"):
        encoder.trace([0] * 512 + [5, 6], [False] * 512 + [True, True], count_padding=True)
