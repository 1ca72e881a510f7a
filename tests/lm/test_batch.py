"""Several texts in one pass: each must get what it gets alone."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.lm import (
    Generation,
    LanguageModel,
    ModelError,
    load_language_model,
    next_logits_together,
    read_together,
)
from core.sampling import SamplingParams
from tests.lm.helpers import Tiny, write_gguf


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    folder, sizes = tmp_path_factory.mktemp("tiny"), Tiny()
    path = write_gguf(folder / "tiny.gguf", sizes.metadata(), sizes.tensors(sizes.transformer()))
    return load_language_model(path, device="cpu", cache_dir=folder)


READ = st.lists(st.integers(0, 262), max_size=11)
TOKENS = st.lists(st.integers(0, 262), min_size=1, max_size=13)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.lists(st.integers(0, 262), max_size=11), TOKENS), min_size=1, max_size=7)
)
def test_ragged_texts_get_the_logits_that_they_get_alone(
    tiny: LanguageModel, texts: list[tuple[list[int], list[int]]]
) -> None:
    caches = [tiny.new_cache(1) for _text in texts]
    for (read, _new), cache in zip(texts, caches, strict=True):
        if read:
            tiny.next_logits(read, cache)
    found = next_logits_together(tiny, [new for _read, new in texts], caches)
    alone = torch.stack([tiny.next_logits(read + new) for read, new in texts])
    torch.testing.assert_close(found, alone, rtol=0, atol=1e-4)
    assert [cache.length for cache in caches] == [len(read + new) for read, new in texts]


def test_the_default_model_agrees_within_1e_4(language_model: LanguageModel) -> None:
    texts = [language_model.encode(text) for text in ("The capital of France is", "1, 2,", "A")]
    found = next_logits_together(language_model, texts, [language_model.new_cache() for _ in texts])
    alone = torch.stack([language_model.next_logits(ids) for ids in texts])
    torch.testing.assert_close(found, alone, rtol=0, atol=1e-4)


def test_texts_that_join_and_leave_draw_the_tokens_that_they_draw_alone(
    tiny: LanguageModel,
) -> None:
    prompts = [[5, 262, 0, 7], [9], [3] * 12, [5, 262, 0, 7]]  # the last equals the first

    def begin(i: int) -> Generation:
        params = SamplingParams(seed=i, max_tokens=4 + 3 * i)
        return Generation(tiny, prompts[i], params, stop_ids=frozenset())

    texts: list[Generation] = []
    for turn in range(18):
        texts += [begin(i) for i in range(4) if turn == (0, 2, 5, 0)[i]]
        read_together(texts)
        for text in texts:
            text.advance()
    for text in texts:
        alone = tiny.generate(text.prompt, text.params, stop_ids=frozenset())
        assert text.written == [step.token_id for step in alone]
        assert text.finished == "length"


def test_equal_prompts_are_read_once_and_then_go_separate_ways(
    tiny: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    monkeypatch.setattr(
        "core.lm.batch.next_logits_together",
        lambda model, ids, caches: (
            read.append(len(ids)) or next_logits_together(model, ids, caches)
        ),
    )
    texts = [Generation(tiny, [5, 6, 7], SamplingParams(seed=i)) for i in range(5)]
    for _turn in range(2):
        read_together(texts)
        for text in texts:
            text.advance()
    assert read == [1, 5]
    assert len({id(text.cache) for text in texts}) == 5


def test_a_failed_pass_leaves_every_text_as_it_was(tiny: LanguageModel) -> None:
    caches = [tiny.new_cache(), tiny.new_cache()]
    with pytest.raises(ModelError, match="from 0 to 262"):
        next_logits_together(tiny, [[5], [263]], caches)
    assert [cache.length for cache in caches] == [0, 0]
    for broken in ([], [caches[0], caches[0]]):
        with pytest.raises(ModelError, match="different one for each text"):
            next_logits_together(tiny, [[5], [6]][: len(broken)], broken)
