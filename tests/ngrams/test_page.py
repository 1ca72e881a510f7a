"""The n-gram page in process: every view, clicks, questions, and numbers against core."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
import torch

from core import ngrams as core
from core.ngrams import NGramModel
from core.text_scoring import chain_rule
from pages.ngrams import controls, model_line
from tests import pages

VIEWS = ("order", "next", "generate", "repeated")


def opened(view: str = "order", **state: Any):
    """Open a view; the visitor's own short text keeps most tests fast."""
    at = pages.open_page("ngrams", state={"ngrams_view": view, "ng_source": "own"} | state)
    pages.assert_whole(at)
    return at


def text_of(at) -> str:
    return re.sub(r"<[^>]+>", " ", " ".join(pages.blocks(at)))


def own() -> core.Corpus:
    return core.load_corpus("own", "words", controls.RHYME)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("present", ["0", "1"])
def test_every_view_opens(view: str, present: str) -> None:
    at = opened(view, present=present)
    assert pages.keys(at, "plot")


@pytest.mark.parametrize("smoothing", core.SMOOTHINGS)
def test_the_figure_shows_what_a_model_of_each_order_measures(smoothing: str) -> None:
    corpus, at = own(), opened(ng_smoothing=smoothing, ng_least=1)
    train, held_out = pages.spec(at, "ng_order")["data"][1:]
    tokens, characters = corpus.tokens, corpus.characters
    for n in (1, 2, 4):
        model = NGramModel(n, smoothing, alpha=0.01).fit(corpus.train)
        bits = model.cross_entropy(corpus.held_out) * tokens / characters
        shown = held_out["y"][n - 1]
        assert shown is None if math.isinf(bits) else shown == pytest.approx(bits, rel=1e-5)
        expected = model.perplexity(corpus.train)
        assert train["y"][n - 1] == pytest.approx(expected, rel=1e-4)
        contexts = pages.spec(at, "ng_unseen")["data"][1]["y"][n - 1]
        assert contexts == pytest.approx(model.unseen(corpus.held_out).contexts)


def test_without_smoothing_the_sentence_says_why_it_is_infinite() -> None:
    at = pages.open_page("ngrams", state={"ng_smoothing": "mle", "ng_n": 2})
    pages.assert_whole(at)
    corpus = core.load_corpus("bible")
    share = NGramModel(2).fit(corpus.train, corpus.vocabulary(2)).unseen(corpus.held_out).events
    assert f"{100 * share:.1f} % of the held-out tokens have probability 0" in text_of(at)


def test_a_click_on_a_curve_chooses_n_and_nonsense_is_ignored() -> None:
    at = opened()
    pages.click(at, "ng_order", {"curve": 1, "point": 4, "x": 5, "y": 3.0})
    pages.assert_whole(at)
    assert at.session_state["ng_n"] == 5
    assert "n = 5: perplexity" in text_of(at)
    for x in (None, "5", float("nan"), 10**9, -3):
        pages.click(at, "ng_unseen", {"curve": 0, "point": 0, "x": x, "y": 0.5})
        pages.assert_whole(at)


def test_the_next_token_has_its_counts_and_its_arithmetic() -> None:
    at = opened("next", ng_context="the house that", ng_n=3)
    corpus = own()
    model = NGramModel(3, "kneser_ney").fit(corpus.train)
    p = model.prob("Jack", ["the", "house", "that"])
    assert pages.formulas(at)[0].endswith(f"= {p:.5f}")
    assert "“Jack” (4 times)" in text_of(at)
    shown = pages.spec(at, "ng_smoothed")["data"][1]["x"]
    assert shown[0] == pytest.approx(p)
    pages.click(at, "ng_smoothed", {"curve": 1, "point": 2, "x": shown[2], "y": 2})
    pages.assert_whole(at)
    assert at.session_state["ng_row"] == 2
    pages.put(at, {"ng_context": "zebra crossing", "ng_n": 3})
    pages.assert_whole(at)
    assert "never occur in the training text" in text_of(at)


@pytest.mark.parametrize("context", ["", " ", "\n", "😀", "x" * 5000, "<s> </s> <unk>"])
@pytest.mark.parametrize("unit", core.UNITS)
def test_any_context(context: str, unit: str) -> None:
    at = opened("next", ng_context=context, ng_unit=unit, ng_n=8)
    bars = pages.spec(at, "ng_next")["data"][0]
    assert sum(bars["x"]) == pytest.approx(8.0)


def test_the_generated_text_is_cores_and_its_copies_are_marked() -> None:
    at = opened("generate", ng_seed=7, ng_run=3, ng_shown="2,8")
    assert pages.keys(at, "tokens") == ["ng_text_2", "ng_text_8"]
    model = NGramModel(2).fit(own().train)
    drawn = model.generate(24, torch.Generator().manual_seed(7))
    chips = pages.message(at, "ng_text_2")["tokens"][1:]
    assert [c["plain"] for c in chips] == ["⏎" if t == core.END else t for t in drawn]
    train = [t for s in own().train for t in [*s, core.END]]
    runs = {tuple(train[i : i + 3]) for i in range(len(train))}
    copied = [
        any(tuple(drawn[i : i + 3]) in runs for i in range(max(0, j - 2), j + 1))
        for j in range(len(drawn))
    ]
    assert [c["color"] == "@q" for c in chips] == copied
    assert pages.spec(at, "ng_copied")["data"][0]["y"][1] == pytest.approx(sum(copied) / 24)


def test_repetition_equals_a_model_of_the_longer_text() -> None:
    at = opened("repeated", ng_part="sentence", ng_sentence=2, ng_copies=10, ng_least=1, ng_n=2)
    corpus = own()
    longer = [*corpus.train, *[corpus.train[1]] * 9]
    model = NGramModel(2, "lidstone", alpha=0.01).fit(longer)
    train, held_out, sentence = pages.spec(at, "ng_repetition")["data"]
    assert held_out["x"][4] == 10
    assert held_out["y"][4] == pytest.approx(model.cross_entropy(corpus.held_out))
    assert sentence["y"][4] == pytest.approx(model.cross_entropy([corpus.train[1]]))
    assert train["y"][0] == pytest.approx(
        NGramModel(2, "lidstone", alpha=0.01).fit(corpus.train).cross_entropy(corpus.train)
    )
    pages.put(at, {"ng_part": "text", "ng_smoothing": "mle"})
    pages.assert_whole(at)
    losses = pages.spec(at, "ng_repetition")["data"][0]["y"]
    assert losses == pytest.approx([losses[0]] * len(losses))
    assert "neither does any loss" in text_of(at)


def test_a_text_of_one_sentence_gets_a_sentence_in_every_view() -> None:
    for view in VIEWS:
        at = opened(view, ng_own="one line")
        assert "at least two lines or sentences" in " ".join(pages.sentences(at))


def test_the_questions_have_computed_answers() -> None:
    at = pages.open_page("ngrams")
    expected = (2, 2, 1)
    for i, right in enumerate(expected):
        at.button(key=f"ngrams_experiment_{i}").click().run()
        pages.trigger(at, "ngrams_question", "answer", right)
        pages.assert_whole(at)
        verdict = str(pages.message(at, "ngrams_question"))
        assert "Right." in verdict, verdict


def test_the_language_model_is_measured_in_pieces(monkeypatch, language_model) -> None:
    monkeypatch.setattr(model_line, "PIECE", 8)
    text = "This is the house that Jack built.\nThis is the malt."
    found = list(model_line._scores(text))
    ids = language_model.encode(text)
    chain = chain_rule(language_model.text_logits(ids[:8]), ids[:8], top=1)
    assert found[0].bits == pytest.approx(chain.bits, rel=1e-4)
    assert found[-1].share == 1.0
    assert found[-1].characters == len(text)
    assert [f.bits for f in found] == sorted(f.bits for f in found)
