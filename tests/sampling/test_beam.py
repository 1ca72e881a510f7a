from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
import torch

from core.sampling import beam_search, greedy_search


def wrong(value: object) -> Any:
    """A value of a type that the signature does not take."""
    return value


def markov(size: int, seed: int):
    """Log probabilities that depend on the last token and on how long the prefix is."""
    generator = torch.Generator().manual_seed(seed)
    noise = 2.0 * torch.randn(7, size, size, generator=generator, dtype=torch.float64)
    table = noise.log_softmax(-1)

    def next_log_probs(prefixes: list[list[int]]) -> torch.Tensor:
        return torch.stack([table[len(prefix), prefix[-1]] for prefix in prefixes])

    return table, next_log_probs


def total(table: torch.Tensor, sequence: list[int]) -> float:
    pairs = enumerate(itertools.pairwise(sequence), 1)
    return sum(float(table[length, a, b]) for length, (a, b) in pairs)


def garden_path(prefixes: list[list[int]]) -> torch.Tensor:
    """After 0: 1 with 0.6, 2 with 0.4. After 1: 0.5, 0.3, 0.2. After 2: 0.9, 0.05, 0.05."""
    rows = {0: [0.0, 0.6, 0.4], 1: [0.5, 0.3, 0.2], 2: [0.9, 0.05, 0.05]}
    return torch.tensor([rows[prefix[-1]] for prefix in prefixes], dtype=torch.float64).log()


def test_two_beams_find_what_greedy_misses():
    tree = beam_search(garden_path, [0], num_beams=2, steps=2, length_penalty=0.0)
    assert tree.beams[0].sequence == [0, 2, 0]
    assert math.exp(tree.beams[0].score) == pytest.approx(0.36)
    assert tree.beams[1].sequence == [0, 1, 0]
    assert math.exp(tree.beams[1].score) == pytest.approx(0.30)
    greedy = greedy_search(garden_path, [0], 2, length_penalty=0.0)
    assert greedy.sequence == [0, 1, 0]
    assert math.exp(greedy.score) == pytest.approx(0.30)
    assert len(tree.beams) == 2
    sequence, score = tree.beams[0]
    assert (sequence, score) == (tree.beams[0].sequence, tree.beams[0].score)


def test_the_tree_of_the_garden_path():
    tree = beam_search(garden_path, [0], num_beams=2, steps=2)
    drawn = [(node.step, node.parent, node.token, node.status) for node in tree.nodes]
    assert drawn == [
        (0, -1, -1, "kept"),
        (1, 0, 1, "kept"),
        (1, 0, 2, "kept"),
        (2, 2, 0, "kept"),
        (2, 1, 0, "kept"),
        (2, 1, 1, "pruned"),
        (2, 1, 2, "pruned"),
    ]
    assert tree.finals == (3, 4)
    assert [tree.nodes[i].final_rank for i in tree.finals] == [0, 1]
    assert tree.path(3) == [0, 2, 3]
    assert tree.tokens(3) == [2, 0]
    assert tree.nodes[3].score == pytest.approx(math.log(0.36) / 2)


@pytest.mark.parametrize("seed", range(4))
def test_enough_beams_are_an_exhaustive_search(seed):
    size, steps = 3, 3
    table, next_log_probs = markov(size, seed)
    tree = beam_search(next_log_probs, [1], size**steps, steps, length_penalty=0.7)
    every = sorted(
        ([1, *tail] for tail in itertools.product(range(size), repeat=steps)),
        key=lambda sequence: -total(table, sequence),
    )
    assert [beam.sequence for beam in tree.beams] == every
    for beam in tree.beams:
        assert beam.score == pytest.approx(total(table, beam.sequence) / steps**0.7)


@pytest.mark.parametrize("seed", range(4))
def test_enough_beams_are_exhaustive_with_an_end_token_too(seed):
    size, steps, eos = 3, 3, 2
    table, next_log_probs = markov(size, seed)
    tree = beam_search(next_log_probs, [1], size**steps, steps, length_penalty=1.0, eos_id=eos)
    results: dict[tuple[int, ...], float] = {}
    for tail in itertools.product(range(size), repeat=steps):
        cut = tail[: tail.index(eos) + 1] if eos in tail else tail
        results[(1, *cut)] = total(table, [1, *cut]) / len(cut)
    every = sorted(results, key=lambda sequence: -results[sequence])
    assert [tuple(beam.sequence) for beam in tree.beams] == every


@pytest.mark.parametrize("seed", range(3))
def test_one_beam_without_an_end_is_greedy(seed):
    table, next_log_probs = markov(7, seed)
    greedy = greedy_search(next_log_probs, [3], 5)
    assert beam_search(next_log_probs, [3], 1, 5).beams[0].sequence == greedy.sequence
    assert greedy.cumulative == pytest.approx(total(table, greedy.sequence))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("length_penalty", [1.0, 0.0, -1.0])
@pytest.mark.parametrize("num_beams", [2, 5])
def test_agrees_with_transformers(seed, length_penalty, num_beams):
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=13,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        initializer_range=1.0,
    )
    model = LlamaForCausalLM(config).eval()
    eos = 5

    @torch.no_grad()
    def next_log_probs(prefixes: list[list[int]]) -> torch.Tensor:
        return model(torch.tensor(prefixes)).logits[:, -1].log_softmax(-1)

    theirs = model.generate(
        torch.tensor([[1, 3]]),
        do_sample=False,
        num_beams=num_beams,
        num_return_sequences=num_beams,
        max_new_tokens=5,
        length_penalty=length_penalty,
        eos_token_id=eos,
        pad_token_id=0,
        output_scores=True,
        return_dict_in_generate=True,
    )
    tree = beam_search(next_log_probs, [1, 3], num_beams, 5, length_penalty, eos)
    last = [node for node in tree.nodes if node.step == 5 and node.status != "pruned"]
    assert len(last) <= num_beams
    for place, beam in enumerate(tree.beams):
        row = theirs.sequences[place].tolist()
        end = row.index(eos) + 1 if eos in row else len(row)
        assert beam.sequence == row[:end]
        assert beam.score == pytest.approx(theirs.sequences_scores[place].item(), abs=1e-4)


def test_ties_go_to_the_better_beam_then_the_lower_id():
    def flat(prefixes: list[list[int]]) -> torch.Tensor:
        return torch.full((len(prefixes), 5), -math.log(5))

    tree = beam_search(flat, [0], 3, 2)
    assert [beam.sequence for beam in tree.beams] == [[0, 0, 0], [0, 0, 1], [0, 0, 2]]
    assert tree == beam_search(flat, [0], 3, 2)


def test_impossible_tokens_are_no_candidates():
    def narrow(prefixes: list[list[int]]) -> torch.Tensor:
        return torch.tensor([[0.0, -math.inf, -math.inf]] * len(prefixes))

    tree = beam_search(narrow, [2], 3, 2)
    assert [beam.sequence for beam in tree.beams] == [[2, 0, 0]]
    assert len(tree.nodes) == 3


def test_search_stops_when_nothing_can_improve():
    def ends(prefixes: list[list[int]]) -> torch.Tensor:
        return torch.tensor([[0.01, 0.99]] * len(prefixes), dtype=torch.float64).log()

    tree = beam_search(ends, [0], 1, 11, eos_id=1)
    assert tree.steps == 1
    assert tree.beams[0].sequence == [0, 1]
    assert [node.status for node in tree.nodes] == ["kept", "finished", "kept"]
    assert greedy_search(ends, [0], 11, eos_id=1).sequence == [0, 1]


def test_inputs_are_unchanged():
    prompt = [0]

    def meddles(prefixes: list[list[int]]) -> torch.Tensor:
        rows = garden_path(prefixes)
        for prefix in prefixes:
            prefix.append(99)
        return rows

    assert beam_search(meddles, prompt, 2, 2).beams[0].sequence == [0, 2, 0]
    assert prompt == [0]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: beam_search(garden_path, [0], 0, 2), "num_beams must be at least 1"),
        (lambda: beam_search(garden_path, [0], 2, 0), "steps must be at least 1"),
        (lambda: beam_search(garden_path, [0], 2, 2, math.nan), "length_penalty must be"),
        (lambda: beam_search(garden_path, [0], 2, 2, eos_id=3), "eos_id must be a token id"),
        (lambda: beam_search(garden_path, [-1], 2, 2), "prompt_ids must be at least 0"),
        (lambda: beam_search(garden_path, wrong(5), 2, 2), "prompt_ids must be a list"),
        (lambda: beam_search(wrong(None), [0], 2, 2), "must be a function"),
        (lambda: beam_search(lambda _: torch.zeros(3), [0], 2, 2), r"\(N, V\) tensor"),
        (lambda: beam_search(lambda _: torch.zeros(2, 3), [0], 2, 2), r"\(1, V\)"),
        (lambda: beam_search(lambda _: torch.ones(1, 3), [0], 2, 2), "at most 0; got 1"),
        (lambda: beam_search(lambda _: torch.full((1, 3), math.nan), [0], 2, 2), "NaN"),
        (lambda: beam_search(lambda _: torch.full((1, 3), -math.inf), [0], 2, 2), "possible"),
        (lambda: beam_search(garden_path, [0], 2, 2).path(99), "node_id must be from 0"),
        (lambda: greedy_search(garden_path, [0], 0), "steps must be at least 1"),
    ],
)
def test_refusals_are_sentences(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
