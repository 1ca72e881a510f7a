"""Masks of one sentence, the two objectives of BERT, and the two networks: the computations."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import nn

from core.architectures import sentence_mask
from core.architectures.twins import CLS, MASK, Twin, TwinConfig, load_record, load_twins
from core.attention import ARCHITECTURES, MultiHeadSelfAttention, prefix_mask
from core.errors import InputError
from core.objectives import (
    IGNORED,
    SentencePair,
    mask_tokens,
    masked_count,
    overlap_test,
    sentence_pairs,
    split_documents,
    word_overlap,
)


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# One sentence under four masks


def test_an_encoder_decoder_by_hand() -> None:
    found = sentence_mask("encoder-decoder", 4, 2, changed=2)
    assert found.allowed.int().tolist() == [
        [1, 1, 0, 0],
        [1, 1, 0, 0],
        [1, 1, 1, 0],
        [1, 1, 1, 1],
    ]
    assert found.invalid.int().tolist() == [0, 0, 1, 1]
    assert (found.attends_to, found.recomputed) == (3, 2)


@pytest.mark.parametrize("prefix", [1, 3, 6])
def test_the_mask_of_an_encoder_decoder_is_that_of_a_prefix_decoder(prefix: int) -> None:
    both = [sentence_mask(n, 7, prefix, 0).allowed for n in ("prefix", "encoder-decoder")]
    assert torch.equal(both[0], both[1])
    assert torch.equal(both[0], prefix_mask(7, prefix))


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("changed", [0, 2, 6])
def test_invalid_states_are_those_that_a_network_changes(name: str, changed: int) -> None:
    """The oracle: two layers of attention, run before and after the change of one token."""
    found = sentence_mask(name, 7, 3, changed)
    layers = [MultiHeadSelfAttention(6, 2, generator=seeded(i)).double() for i in range(2)]
    x = torch.randn(1, 7, 6, generator=seeded(9), dtype=torch.float64)
    other = x.clone()
    other[0, changed] += 1

    def run(states: torch.Tensor) -> torch.Tensor:
        for layer in layers:
            states = states + layer(states, found.allowed).output
        return states[0]

    moved = (run(x) - run(other)).abs().amax(dim=-1) > 1e-9
    assert moved.tolist() == found.invalid.tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("llama", 4, 2, 0), "name must be one of"),
        (("encoder", 1, 1, 0), "length must be at least 2"),
        (("prefix", 4, 4, 0), "prefix must be from 1 to 3"),
        (("prefix", 4, 2, 4), "changed must be from 0 to 3"),
    ],
)
def test_impossible_sentences_are_rejected(arguments, message: str) -> None:
    with pytest.raises(InputError, match=message):
        sentence_mask(*arguments)


# Masked language modeling


@pytest.mark.parametrize(
    ("length", "count"), [(1, 1), (2, 1), (10, 2), (20, 3), (30, 4), (50, 8), (128, 19)]
)
def test_berts_rounding(length: int, count: int) -> None:
    """`min(most, max(1, int(round(length * 0.15))))` of BERT's create_pretraining_data.py."""
    assert masked_count(length) == count == max(1, int(round(length * 0.15)))  # noqa: RUF046
    assert masked_count(length, most=3) == min(3, count)


def test_masked_tokens_agree_with_their_kinds() -> None:
    ids = torch.randint(5, 90, (400,), generator=seeded(1))
    ids[::10] = 3
    before = ids.clone()
    found = mask_tokens(ids, 90, 4, seeded(2), special_ids=(3, 0))
    assert torch.equal(ids, before), "the input is unchanged"
    chosen = found.labels != IGNORED
    assert int(chosen.sum()) == masked_count(400) == 60
    assert torch.equal(found.labels[chosen], ids[chosen])
    assert torch.equal(found.inputs[~chosen], ids[~chosen])
    assert not bool(chosen[::10].any()), "special tokens are never chosen"
    for place, kind in enumerate(found.kinds):
        token, original = int(found.inputs[place]), int(ids[place])
        assert (kind != "") == bool(chosen[place])
        assert (kind == "mask") == (token == 4)
        if kind == "kept":
            assert token == original
        if kind == "random":
            assert token not in (0, 3, 4)


def test_the_three_shares_are_eighty_ten_ten() -> None:
    ids = list(range(5, 25)) * 500
    found = mask_tokens(ids, 30, 4, seeded(3), rate=1.0)
    assert int((found.inputs == 4).sum()) == found.count("mask"), "no random token is [MASK]"
    n = len(ids)
    for kind, share in (("mask", 0.8), ("random", 0.1), ("kept", 0.1)):
        sd = (n * share * (1 - share)) ** 0.5
        assert abs(found.count(kind) - share * n) < 4 * sd
    places = [mask_tokens([5, 6, 7, 8], 9, 4, seeded(s), rate=0.25).kinds for s in range(400)]
    chosen = torch.tensor([[kind != "" for kind in row] for row in places]).sum(dim=0)
    assert int(chosen.min()) > 60, "every place is chosen about equally often"


def test_masking_repeats_with_its_seed() -> None:
    runs = [mask_tokens(range(5, 60), 90, 4, seeded(s)).inputs.tolist() for s in (7, 7, 8)]
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.parametrize(
    ("ids", "rate", "message"),
    [
        ([], 0.15, "ids must be a list"),
        ([9], 0.15, "ids must be below vocab_size=9"),
        ([3, 3], 0.15, "must have a token that is not special"),
        ([5], 1.5, "rate must lie in"),
    ],
)
def test_impossible_maskings_are_rejected(ids, rate: float, message: str) -> None:
    with pytest.raises(InputError, match=message):
        mask_tokens(ids, 9, 4, seeded(0), rate=rate, special_ids=(3,))


# Next sentence


DOCUMENTS = [["a 1", "b 2", "c 3", "d 4"], ["e 5", "f 6"], ["g 7"]]


def test_true_pairs_follow_and_drawn_ones_come_from_elsewhere() -> None:
    following = {first: second for d in DOCUMENTS for first, second in itertools.pairwise(d)}
    home = {sentence: i for i, d in enumerate(DOCUMENTS) for sentence in d}
    true = 0
    for seed in range(100):
        pairs = sentence_pairs(DOCUMENTS, seeded(seed))
        assert [pair.first for pair in pairs] == list(following)
        for pair in pairs:
            assert pair.is_next == (following[pair.first] == pair.second)
            assert pair.is_next or home[pair.first] != home[pair.second]
            true += pair.is_next
    assert 160 < true < 240, "of 400 pairs, half are true"


def test_one_document_and_repeated_sentences() -> None:
    followers = {"x": {"y", "z"}, "y": {"x"}}
    for seed in range(20):
        for pair in sentence_pairs([["x", "y", "x", "z"]], seeded(seed)):
            assert pair.is_next == (pair.second in followers[pair.first])
            assert pair.second != pair.first
        assert all(p.is_next for p in sentence_pairs([["x", "y"]], seeded(seed)))
    with pytest.raises(InputError, match="at least two sentences"):
        sentence_pairs([["only"], []], seeded(0))


def test_documents_are_split_at_blank_lines_and_sentence_ends() -> None:
    assert split_documents("One. Two?\n \n三。四！\n\n\n") == [["One.", "Two?"], ["三。", "四！"]]
    assert split_documents(" \n") == []


def test_overlap_by_hand() -> None:
    assert word_overlap("The cat sat.", "the mat SAT") == pytest.approx(2 / 4)
    assert word_overlap("", "!") == 0
    pairs = [SentencePair("a b", s, n) for s, n in (("a b", True), ("c", True), ("c d", False))]
    result = overlap_test(pairs)
    assert result.overlaps == (1.0, 0.0, 0.0)
    assert result.auc == pytest.approx(0.75), "one larger, one tie: (1 + 0.5) / 2"
    assert overlap_test(pairs[:2]).auc != overlap_test(pairs[:2]).auc, "NaN with one kind"


# The two networks


@pytest.fixture(scope="module")
def twins():
    return load_twins()


def test_a_twin_equals_a_transformer_of_torch(twins) -> None:
    """The oracle: the first block rebuilt from torch's modules, with rotary positions by hand."""
    config = twins.config
    block = twins.encoder.blocks[0]
    x = torch.randn(1, 5, config.dim, generator=seeded(0))
    norm = nn.RMSNorm(config.dim, eps=1e-5)
    norm.weight.data = block.attention_norm.data
    q, k, v = (norm(x) @ block.qkv.T).chunk(3, dim=-1)
    H, d = config.num_heads, config.dim // config.num_heads
    angles = torch.arange(5)[:, None] * config.rope_base ** (-torch.arange(0, d, 2) / d)
    turn = torch.polar(torch.ones_like(angles), angles)  # (T, d/2)

    def heads(a: torch.Tensor, rotate: bool) -> torch.Tensor:
        a = a.view(5, H, d).transpose(0, 1)
        if not rotate:
            return a
        pairs = torch.view_as_complex(a.reshape(H, 5, d // 2, 2)) * turn
        return torch.view_as_real(pairs).reshape(H, 5, d)

    q, k, v = heads(q, True), heads(k, True), heads(v, False)
    mixed = torch.softmax(q @ k.transpose(1, 2) / d**0.5, dim=-1) @ v
    y = x + mixed.transpose(0, 1).reshape(1, 5, -1) @ block.out.T
    norm.weight.data = block.ffn_norm.data
    y = y + nn.functional.gelu(norm(y) @ block.up.T) @ block.down.T
    assert torch.allclose(block(x, causal=False), y, atol=1e-4)


def test_only_the_causal_twin_ignores_the_right(twins) -> None:
    ids = torch.tensor([[CLS, 50, 60, 70, 80]])
    other = ids.clone()
    other[0, 4] = 99
    same = [
        torch.allclose(twin(ids)[0, :4], twin(other)[0, :4], atol=1e-6)
        for twin in (twins.encoder, twins.causal)
    ]
    assert same == [False, True]


def test_gaps_are_filled_without_their_words(twins) -> None:
    text = twins.read("and the lord said unto moses")
    ids = list(text.ids)
    found = twins.fill(ids, [2, 5])
    assert found.encoder.sum(dim=1).tolist() == pytest.approx([1, 1], abs=1e-5)
    assert found.causal.sum(dim=1).tolist() == pytest.approx([1, 1], abs=1e-5)
    for gap in (2, 5):
        ids[gap] = 77
    again = twins.fill(ids, [5, 2])
    assert torch.equal(found.encoder, again.encoder), "the hidden words are not read"
    assert torch.equal(found.causal, again.causal)
    assert found.causal_input[2] == int(found.causal[0].argmax())
    masked = torch.tensor([text.ids]).clone()
    masked[0, [2, 5]] = MASK
    direct = twins.encoder(masked)[0, 2].softmax(-1).detach()
    assert torch.allclose(direct, found.encoder[0], atol=1e-6)


def test_any_text_is_read(twins) -> None:
    text = twins.read("a _ [MASK] _")
    assert text.gaps == (2, len(text.ids) - 1), "[MASK] in a text is ordinary text"
    assert twins.read("").ids == (CLS,)
    long = twins.read("the " * 200)
    assert (len(long.ids), long.dropped) == (64, 137)
    with pytest.raises(InputError, match="at least one position"):
        twins.fill([1, 5, 6], [])
    with pytest.raises(InputError, match="gap must be from 1 to 2"):
        twins.fill([1, 5, 6], [3])


def test_the_record_is_of_these_weights(twins) -> None:
    """The held-out accuracy of the training record, measured again on the shipped files."""
    from training.bert import HeldOut, stream

    held_out = HeldOut.of(stream(twins.tokenizer, "held-out"), twins.config)
    results = load_record()["results"]
    for name in ("encoder", "causal"):
        measured = held_out.measure(getattr(twins, name))
        assert measured["accuracy"] == pytest.approx(results[name]["accuracy"], abs=0.002)
        assert measured["bits"] == pytest.approx(results[name]["bits"], abs=0.01)


def test_a_training_step_lowers_the_loss_of_both() -> None:
    from training.bert import Settings, loss_of

    config = TwinConfig(vocab_size=11, dim=8, num_layers=1, num_heads=2, hidden_dim=12, context=7)
    rows = torch.randint(3, 11, (4, 7), generator=seeded(0))
    rows[:, 0] = CLS
    for causal in (False, True):
        twin = Twin(config, causal, seeded(1))
        losses = []
        for _step in range(8):
            loss = loss_of(twin, rows, Settings(rate=0.5), seeded(2))
            gradients = torch.autograd.grad(loss, list(twin.parameters()))
            with torch.no_grad():
                for parameter, gradient in zip(twin.parameters(), gradients, strict=True):
                    parameter -= 0.5 * gradient
            losses.append(float(loss.detach()))
        assert losses[-1] < losses[0]


def test_missing_files_are_named(tmp_path) -> None:
    with pytest.raises(InputError, match="make bert"):
        load_twins(tmp_path)
