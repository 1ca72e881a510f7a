"""Generation, beams and prefix probabilities: cached ways must equal the plain one."""

from __future__ import annotations

import math
from itertools import islice

import pytest
import torch
from torch import Tensor

from core.coding import arithmetic_decode, arithmetic_encode
from core.lm import LanguageModel, ModelError, load_language_model
from core.lm.generate import whole_text
from core.sampling import SamplingParams, beam_search
from tests.lm.helpers import Tiny, write_gguf

PROMPT = [5, 262, 0, 7]
NO_STOPS: frozenset[int] = frozenset()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    folder, sizes = tmp_path_factory.mktemp("tiny"), Tiny()
    path = write_gguf(folder / "tiny.gguf", sizes.metadata(), sizes.tensors(sizes.transformer()))
    return load_language_model(path, device="cpu", cache_dir=folder)


def test_greedy_equals_argmax_without_a_cache(tiny: LanguageModel) -> None:
    params = SamplingParams(temperature=0.0, max_tokens=23)
    ids = list(PROMPT)
    for step in tiny.generate(PROMPT, params, stop_ids=NO_STOPS):
        logits = tiny.next_logits(ids)
        torch.testing.assert_close(step.trace.raw_logits, logits, rtol=0, atol=1e-4)
        assert step.token_id == int(logits.argmax())
        assert step.prob == 1.0
        assert step.raw_prob == pytest.approx(float(logits.softmax(-1).max()), rel=1e-4)
        ids.append(step.token_id)
    assert len(ids) == 4 + 23
    every = torch.log_softmax(tiny.logits(ids[:-1]), -1)
    expected = sum(float(every[t, ids[t + 1]]) for t in range(3, 26))
    assert step.log_prob == pytest.approx(expected, abs=1e-3)
    assert step.finished == "length"


@pytest.mark.model
def test_the_default_model_writes_what_transformers_would(language_model: LanguageModel) -> None:
    ids = language_model.encode("The capital of France is")
    params = SamplingParams(temperature=0.0, max_tokens=6)
    steps = list(language_model.generate(ids, params))
    written = [step.token_id for step in steps]
    assert "".join(step.new_text for step in steps).startswith(" Paris.")
    for place, step in enumerate(steps):
        uncached = language_model.next_logits(ids + written[:place])
        torch.testing.assert_close(step.trace.raw_logits, uncached, rtol=0, atol=1e-4)


def test_same_seed_same_text_and_every_parameter_counts(tiny: LanguageModel) -> None:
    def write(seed: int = 3, temperature: float = 3.0, no_repeat_ngram: int = 0) -> list[int]:
        params = SamplingParams(
            temperature, seed=seed, no_repeat_ngram=no_repeat_ngram, max_tokens=11
        )
        return [step.token_id for step in tiny.generate(PROMPT, params, stop_ids=NO_STOPS)]

    assert write() == write()
    assert write() != write(seed=5)
    assert len(set(write(temperature=0.0))) < 11  # this little model goes round in circles
    assert len(set(write(temperature=0.0, no_repeat_ngram=1))) == 11
    params = SamplingParams(max_tokens=11, temperature=3.0)
    generator = torch.Generator().manual_seed(3)
    own = [s.token_id for s in tiny.generate(PROMPT, params, generator, stop_ids=NO_STOPS)]
    assert own == write()


def test_penalties_see_the_prompt(tiny: LanguageModel) -> None:
    params = SamplingParams(temperature=0.0, max_tokens=23)
    ids = PROMPT + [step.token_id for step in tiny.generate(PROMPT, params, stop_ids=NO_STOPS)]
    repeat = next(place for place in range(4, len(ids)) if ids[place] in ids[:place])
    once = SamplingParams(temperature=0.0, no_repeat_ngram=1)
    step = next(tiny.generate(ids[:repeat], once, stop_ids=NO_STOPS))
    assert step.token_id not in ids[:repeat]


def test_stops(tiny: LanguageModel) -> None:
    params = SamplingParams(temperature=0.0, max_tokens=11)
    free = [step.token_id for step in tiny.generate(PROMPT, params, stop_ids=NO_STOPS)]
    stopped = list(tiny.generate(PROMPT, params, stop_ids=frozenset({free[2]})))
    place = free.index(free[2])
    assert [step.token_id for step in stopped] == free[: place + 1]
    assert [step.finished for step in stopped] == [None] * place + ["stop"]
    assert tiny.stop_ids == {0, 2}
    asked: list[int] = []

    def stop_at_third() -> bool:
        asked.append(1)
        return len(asked) == 3

    steps = tiny.generate(PROMPT, params, stop_ids=NO_STOPS, should_stop=stop_at_third)
    assert len(list(steps)) == 2


def test_a_full_context_ends_the_text(tiny: LanguageModel) -> None:
    steps = list(tiny.generate([1] * 61, SamplingParams(max_tokens=30), stop_ids=NO_STOPS))
    # 61 read, then three more can be; the fourth new token is drawn and not read.
    assert [step.finished for step in steps] == [None, None, None, "context"]


def test_nothing_runs_before_the_first_step(
    tiny: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    plain = LanguageModel.next_logits

    def counted(self: LanguageModel, ids: list[int], cache=None) -> Tensor:
        calls.append(len(ids))
        return plain(self, ids, cache)

    monkeypatch.setattr(LanguageModel, "next_logits", counted)
    steps = tiny.generate(PROMPT, SamplingParams(max_tokens=11), stop_ids=NO_STOPS)
    assert calls == []
    assert len(list(islice(steps, 3))) == 3
    assert calls == [4, 1, 1]


def test_beams_are_refused(tiny: LanguageModel) -> None:
    with pytest.raises(ModelError, match="num_beams is 3"):
        tiny.generate(PROMPT, SamplingParams(num_beams=3))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        ("é".encode(), "é"),
        ("é".encode()[:1], ""),
        ("a🎉".encode()[:4], "a"),
        ("🎉".encode(), "🎉"),
        (b"a\xff", "a\ufffd"),
        (b"\xffa\xc3", "\ufffda\ufffd"),
    ],
)
def test_whole_text_by_hand(data: bytes, text: str) -> None:
    assert whole_text(data) == text


def test_new_text_waits_for_the_last_byte(tiny: LanguageModel) -> None:
    # Force the bytes of 你 by a penalty-free greedy walk over a patched draw.
    wanted = tiny.encode("你a")
    steps = []
    with pytest.MonkeyPatch.context() as patch:
        tokens = iter(wanted)
        patch.setattr("core.lm.generate.draw", lambda *_: torch.tensor([next(tokens)]))
        steps = list(tiny.generate(PROMPT, SamplingParams(max_tokens=4), stop_ids=NO_STOPS))
    assert [step.new_text for step in steps] == ["", "", "你", "a"]
    assert [step.text for step in steps] == ["⟨E4⟩", "⟨BD⟩", "⟨A0⟩", "a"]


# --- beams ---


def test_beam_scores_equal_plain_ones(tiny: LanguageModel) -> None:
    calls: list[int] = []

    def plain(prefixes: list[list[int]]) -> Tensor:
        calls.append(len(prefixes))
        return torch.stack([torch.log_softmax(tiny.next_logits(p), -1) for p in prefixes])

    expected = beam_search(plain, PROMPT, num_beams=3, steps=7, eos_id=0)
    found = beam_search(tiny.next_log_probs(), PROMPT, num_beams=3, steps=7, eos_id=0)
    assert [b.sequence for b in found.beams] == [b.sequence for b in expected.beams]
    for one, other in zip(found.beams, expected.beams, strict=True):
        assert one.score == pytest.approx(other.score, abs=1e-4)


def test_each_beam_step_is_one_pass_of_one_token(
    tiny: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[tuple[int, int]] = []
    plain = LanguageModel.logits_of_batch

    def counted(self: LanguageModel, rows, cache=None) -> Tensor:
        sizes.append((len(rows), len(rows[0])))
        return plain(self, rows, cache)

    monkeypatch.setattr(LanguageModel, "logits_of_batch", counted)
    beam_search(tiny.next_log_probs(), PROMPT, num_beams=3, steps=5)
    assert sizes == [(1, 4), (3, 1), (3, 1), (3, 1), (3, 1)]


def test_scorer_takes_any_prefixes(tiny: LanguageModel) -> None:
    scorer = tiny.next_log_probs()
    for prefixes in ([[1, 2]], [[1, 2, 3], [1, 2, 5]], [[1, 2, 5, 7]] * 2, [[9], [8, 7]], [[9]]):
        expected = torch.stack([torch.log_softmax(tiny.next_logits(p), -1) for p in prefixes])
        torch.testing.assert_close(scorer(prefixes), expected, rtol=0, atol=1e-4)
    with pytest.raises(ModelError, match="at least one list"):
        scorer([])
    with pytest.raises(ModelError, match="at least one token id"):
        scorer([[]])


# --- prefix probabilities for arithmetic coding ---


def test_prefix_probabilities(tiny: LanguageModel) -> None:
    text = [7, 131, 2, 89, 13]
    predict = tiny.next_probs()
    for n in range(6):
        probs = predict(text[:n])
        assert probs.dtype == torch.float64
        assert float(probs.sum()) == pytest.approx(1.0, abs=1e-12)
        plain = tiny.next_logits(text[:n] or [tiny.start_id]).double().softmax(-1)
        torch.testing.assert_close(probs, plain, rtol=0, atol=1e-5)


def test_prefix_probabilities_are_the_same_to_the_last_bit(tiny: LanguageModel) -> None:
    text = [7, 131, 2, 89, 13, 7, 7, 41]
    encoder, decoder, jumper = tiny.next_probs(), tiny.next_probs(), tiny.next_probs()
    forward = [encoder(text[:n]) for n in range(9)]
    assert all(torch.equal(decoder(text[:n]), forward[n]) for n in range(9))
    for n in (8, 3, 3, 5, 0, 7):  # any order, any repetition
        assert torch.equal(jumper(text[:n]), forward[n])
    assert torch.equal(encoder([7, 131]), forward[2])
    other = tiny.next_probs([11])([])
    assert not torch.equal(other, forward[0])


@pytest.mark.model
def test_a_text_comes_back_from_its_arithmetic_code(language_model: LanguageModel) -> None:
    ids = language_model.encode("The capital of France is 巴黎.")
    data = arithmetic_encode(ids, language_model.next_probs())
    assert arithmetic_decode(data, len(ids), language_model.next_probs()) == ids
    assert len(data) < len("The capital of France is 巴黎.".encode()) / 2


@pytest.mark.model
def test_bits_of_a_text(language_model: LanguageModel) -> None:
    ids = language_model.encode("The capital of France is Paris")
    predict = language_model.next_probs()
    bits = sum(-math.log2(float(predict(ids[:n])[i])) for n, i in enumerate(ids))
    rows = [language_model.next_logits(ids[:n] or [language_model.start_id]) for n in range(6)]
    logits = torch.stack(rows).double()
    expected = -torch.log_softmax(logits, -1)[range(6), ids].sum() / math.log(2)
    assert bits == pytest.approx(float(expected), abs=1e-3)
    batch = language_model.text_logits(ids).double()
    torch.testing.assert_close(batch, logits, rtol=0, atol=1e-3)
