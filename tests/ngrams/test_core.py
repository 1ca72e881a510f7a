"""Counts, smoothing and generation against hand-computed numbers and nltk."""

from __future__ import annotations

import copy
import math
import random
from collections import Counter
from statistics import fmean

import nltk.lm
import nltk.lm.api
import pytest
import torch

from core import ngrams as core
from core.ngrams import BEGIN, END, UNKNOWN, NGramModel

ALPHABET = "abcde"


def sentences(count: int, seed: int) -> list[list[str]]:
    """Random sentences over five tokens, with repeated n-grams and empty sentences."""
    draw = random.Random(seed)
    return [draw.choices(ALPHABET, [8, 5, 3, 2, 1], k=draw.randint(0, 7)) for _ in range(count)]


def endings(text: list[list[str]], n: int) -> list[tuple[str, ...]]:
    """Return every n-gram of length 1 … n that ends at a predicted token."""
    found = []
    for sentence in text:
        padded = [BEGIN] * (n - 1) + sentence + [END]
        for i in range(n - 1, len(padded)):
            found += [tuple(padded[i - m : i + 1]) for m in range(n)]
    return found


def of_nltk(smoothing: str, text: list[list[str]], n: int) -> nltk.lm.api.LanguageModel:
    words = nltk.lm.Vocabulary([t for s in text for t in [*s, END]], unk_label=UNKNOWN)
    model = {
        "mle": lambda: nltk.lm.MLE(n, words),
        "laplace": lambda: nltk.lm.Laplace(n, words),
        "lidstone": lambda: nltk.lm.Lidstone(0.3, n, words),
        "kneser_ney": lambda: nltk.lm.KneserNeyInterpolated(n, discount=0.6, vocabulary=words),
    }[smoothing]()
    model.counts.update([endings(text, n)])
    return model


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("smoothing", core.SMOOTHINGS)
def test_probabilities_agree_with_nltk(smoothing: str, n: int) -> None:
    train = sentences(31, seed=n)
    model = NGramModel(n, smoothing, alpha=0.3, discount=0.6).fit(train)
    # Without bigrams there are no continuation counts: ours is then the relative frequency.
    other = of_nltk("mle" if n == 1 and smoothing == "kneser_ney" else smoothing, train, n)
    contexts = [[], ["a"], list("ab"), list("edce"), list("aabbc"), ["e", "never seen"]]
    for context in contexts:
        left = ([BEGIN] * (n - 1) + context)[len(context) :] if n > 1 else []
        left = [token if token in ALPHABET or token == BEGIN else UNKNOWN for token in left]
        expected = {t: other.unmasked_score(t, tuple(left)) for t in [*ALPHABET, END, UNKNOWN]}
        assert model.next_distribution(context) == pytest.approx(expected, abs=1e-12)
        for token in (*ALPHABET, END, "never seen"):
            p = expected.get(token, expected[UNKNOWN])
            assert model.prob(token, context) == pytest.approx(p, abs=1e-12)


@pytest.mark.parametrize("smoothing", core.SMOOTHINGS)
def test_perplexity_agrees_with_nltk(smoothing: str) -> None:
    n, train = 3, sentences(41, seed=7)
    held_out = [s for s in sentences(11, seed=8) if s]
    model = NGramModel(n, smoothing, alpha=0.3, discount=0.6).fit(train)
    other = of_nltk(smoothing, train, n)
    for text in (train, held_out):
        # nltk's own `entropy` takes "<s>" in a context for an unknown token.
        scores = [other.unmasked_score(g[-1], g[:-1]) for g in endings(text, n) if len(g) == n]
        bits = [-math.log2(p) if p else math.inf for p in scores]
        assert model.cross_entropy(text) == pytest.approx(fmean(bits))
        assert model.perplexity(text) == pytest.approx(2 ** fmean(bits))


def test_a_bigram_model_by_hand() -> None:
    """Jurafsky and Martin's three sentences; their section 3.1 prints the six probabilities."""
    text = [s.split() for s in ("I am Sam", "Sam I am", "I do not like green eggs and ham")]
    model = NGramModel(2).fit(text)
    found = [
        model.prob("I", []),
        model.prob("Sam", []),
        model.prob("am", ["I"]),
        model.prob(END, ["Sam"]),
        model.prob("Sam", ["am"]),
        model.prob("do", ["I"]),
    ]
    assert found == pytest.approx([2 / 3, 1 / 3, 2 / 3, 1 / 2, 1 / 2, 1 / 3])
    assert model.prob("I", ["green"]) == 0.0
    laplace = NGramModel(2, "laplace").fit(text)
    assert laplace.prob("am", ["I"]) == pytest.approx((2 + 1) / (3 + len(laplace.vocabulary)))


def test_the_book_is_recomputed() -> None:
    printed = [number for _context, _token, number in core.SAM_BIGRAMS]
    assert all(p.agrees(x) for p, x in zip(printed, core.sam_bigrams(), strict=True))


def test_kneser_ney_by_hand() -> None:
    """The token b always follows a, so as a continuation it counts once."""
    model = NGramModel(2, "kneser_ney", discount=0.5).fit([list("ab"), list("ab"), list("ca")])
    # Bigrams: <s>a 2, ab 2, b</s> 2, <s>c 1, ca 1, a</s> 1. Continuations: a 2, b 1, </s> 2, c 1.
    lower = {"a": 2 / 6, "b": 1 / 6, END: 2 / 6, "c": 1 / 6, UNKNOWN: 0.0}
    after_a = {"a": 0.0, "b": 1.5 / 3, END: 0.5 / 3, "c": 0.0, UNKNOWN: 0.0}
    expected = {t: after_a[t] + 0.5 * 2 / 3 * lower[t] for t in lower}
    assert model.next_distribution(["a"]) == pytest.approx(expected)
    assert model.next_distribution(["never seen"]) == pytest.approx(lower)


@pytest.mark.parametrize("smoothing", core.SMOOTHINGS)
@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_every_distribution_sums_to_one(smoothing: str, n: int) -> None:
    model = NGramModel(n, smoothing).fit(sentences(17, seed=n), vocabulary=["a", "b", "z"])
    assert set(model.vocabulary) == {"a", "b", "z", END, UNKNOWN}
    for context in ([], ["a"], ["b", "c"], ["z", "z"]):
        total = math.fsum(model.next_distribution(context).values())
        empty = smoothing == "mle" and total == 0
        assert empty or total == pytest.approx(1.0)
    assert NGramModel(3).fit([["a"]]).next_distribution(["z"]) == {"a": 0, END: 0, UNKNOWN: 0}


@pytest.mark.parametrize("smoothing", core.SMOOTHINGS)
def test_generation_draws_from_the_distribution(smoothing: str) -> None:
    model = NGramModel(2, smoothing, alpha=0.5).fit(sentences(19, seed=3))
    drawn = model.generate(20_000, torch.Generator().manual_seed(0))
    assert len(drawn) == 20_000
    pairs = Counter(zip([END, *drawn], drawn, strict=False))
    for context in ("a", "b", END):
        expected = model.next_distribution([] if context == END else [context])
        total = sum(count for (left, _), count in pairs.items() if left == context)
        for token, p in expected.items():
            error = math.sqrt(p * (1 - p) / total)
            assert pairs[context, token] / total == pytest.approx(p, abs=4.5 * error + 1e-9)
    again = model.generate(50, torch.Generator().manual_seed(0), context=["a"])
    assert again == model.generate(50, torch.Generator().manual_seed(0), context=["a"])


def test_one_table_serves_every_order() -> None:
    train, held_out = sentences(23, seed=5), sentences(7, seed=6)
    counts = core.count_ngrams(train, 5)
    for smoothing in core.SMOOTHINGS:
        curve = core.measure(counts.look_up(held_out), len(counts.vocabulary), smoothing)
        for n in range(1, 6):
            own = NGramModel(n, smoothing).fit(train)
            assert curve.cross_entropy[n - 1] == pytest.approx(own.cross_entropy(held_out))
            shared = NGramModel(n, smoothing).use(counts)
            assert shared.next_distribution(["b", "a"]) == own.next_distribution(["b", "a"])
    shares = core.unseen_shares(counts.look_up(held_out))
    assert shares[3] == NGramModel(4).fit(train).unseen(held_out)
    assert [s.contexts for s in shares] == sorted(s.contexts for s in shares)


def test_unseen_by_hand() -> None:
    model = NGramModel(3).fit([list("abc")])
    # "abd": contexts <s><s>, <s>a, ab, and b<unk>, which is new; "d" and "</s>" are new events.
    found = model.unseen([list("abd")])
    assert (found.contexts, found.events) == (1 / 4, 2 / 4)
    assert model.perplexity([list("abd")]) == math.inf
    assert model.perplexity([list("abc")]) == 1.0


def test_the_parts_of_an_interpolation_add_up() -> None:
    counts = core.count_ngrams(sentences(29, seed=9), 4)
    for context in (list("aab"), ["e", "e", "e"], ["never seen"]):
        events = counts.after(context)
        whole = core.probabilities(events, len(counts.vocabulary), "kneser_ney", discount=0.7)
        for n in (1, 2, 4):
            for token in range(len(counts.vocabulary)):
                rows = core.interpolation(events, n, token, 0.7)
                assert [row.length for row in rows] == list(range(n - 1, -1, -1))
                assert sum(r.part for r in rows) == pytest.approx(float(whole[n - 1, token]))


@pytest.mark.parametrize("smoothing", core.SMOOTHINGS)
def test_repeating_a_text_equals_fitting_the_longer_text(smoothing: str) -> None:
    train, n = [s for s in sentences(13, seed=2) if s], 3
    counts, held_out = core.count_ngrams(train, n), sentences(5, seed=4)
    size = len(counts.vocabulary)
    alone = core.count_ngrams([train[3]], n, counts.vocabulary)
    for part, longer in ((None, train * 4), (train[3], [*train, *[train[3]] * 3])):
        extra = alone.look_up(held_out) if part else None
        curve = core.measure(counts.look_up(held_out).repeated(4, extra), size, smoothing)
        own = NGramModel(n, smoothing).fit(longer)
        assert curve.cross_entropy[n - 1] == pytest.approx(own.cross_entropy(held_out))
        rows = counts.look_up(held_out).of_order(n, smoothing)
        more = extra and extra.of_order(n, smoothing)
        alone_at_n = core.cross_entropy(rows.repeated(4, more), size, smoothing)
        assert alone_at_n == pytest.approx(own.cross_entropy(held_out))
        repeated = NGramModel(n, smoothing).use(counts.repeated(4, part))
        assert repeated.next_distribution(["a"]) == own.next_distribution(["a"])


def test_repeating_the_whole_text_only_weakens_the_smoothing() -> None:
    counts, text = core.count_ngrams(sentences(13, seed=2), 3), sentences(5, seed=4)
    events, size = counts.look_up(text), len(counts.vocabulary)
    ten = events.repeated(10)
    once = core.probabilities(events, size, "lidstone", alpha=0.02)
    assert torch.allclose(core.probabilities(ten, size, "lidstone", alpha=0.2), once)
    assert torch.equal(core.probabilities(ten, size), core.probabilities(events, size))


def test_copied_runs() -> None:
    training = core.suffix_index([0, 1, 2, 3, 4, 1, 2, 9])
    found = core.copied_runs([7, 1, 2, 3, 9, 4, 1, 2], training, 3)
    assert found.matches == [0, 3, 2, 1, 1, 3, 2, 1]
    assert found.marked == [False, True, True, True, False, True, True, True]
    assert (found.longest, found.share) == ((1, 4), 6 / 8)
    draw = random.Random(1)
    train, text = draw.choices(range(3), k=200), draw.choices(range(3), k=40)
    runs = {tuple(train[i:j]) for i in range(200) for j in range(i + 1, min(200, i + 30) + 1)}
    for i, length in enumerate(core.copied_runs(text, core.suffix_index(train), 5).matches):
        assert tuple(text[i : i + length]) in runs
        assert i + length == 40 or tuple(text[i : i + length + 1]) not in runs
    assert core.copied_runs([], training, 1).longest == (0, 0)


def test_the_shipped_texts() -> None:
    names = core.load_corpus("names", "characters")
    assert len(names.train) + len(names.held_out) == 5163
    assert names.lines[0] == "Joseph" == "".join(names.held_out[0])
    assert names.characters == names.tokens, "one token per character, one per line end"
    own = core.load_corpus("own", "words", "A cat sat. A dog sat! Where?")
    assert own.train == [["A", "cat", "sat", "."], ["A", "dog", "sat", "!"]]
    assert own.held_out == [["Where", "?"]]
    assert own.vocabulary(2) == ["A", "sat"]
    for text in ("one line", "", "\n\n x \n"):
        with pytest.raises(ValueError, match="at least two lines or sentences"):
            core.load_corpus("own", "words", text)
    assert core.join_tokens(["Yes", ",", "I", "am", ".", END, "No"], "words") == "Yes, I am.\nNo"


def test_inputs_stay_unchanged() -> None:
    train, vocabulary, context = sentences(9, seed=1), ["a", "b"], ["a", "b", "c", "d"]
    before = copy.deepcopy((train, vocabulary, context))
    model = NGramModel(3, "kneser_ney").fit(train, vocabulary)
    counts = [level.counts.clone() for level in model.counts.levels]
    model.perplexity(train)
    model.next_distribution(context)
    model.generate(9, torch.Generator(), context)
    model.counts.repeated(5, train[0])
    model.counts.look_up(train).repeated(3)
    assert (train, vocabulary, context) == before
    assert all(torch.equal(a.counts, b) for a, b in zip(model.counts.levels, counts, strict=True))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: NGramModel(0), "n must be from 1 to 16; got 0"),
        (lambda: NGramModel(2.5), "n must be a whole number"),  # ty: ignore[invalid-argument-type]
        (lambda: NGramModel(2, "good-turing"), "smoothing must be one of"),
        (lambda: NGramModel(2, alpha=0), "alpha must lie in"),
        (lambda: NGramModel(2, discount=1.5), "discount must lie in"),
        (lambda: NGramModel(2).prob("a", []), "Call fit"),
        (lambda: NGramModel(2).fit([]), "at least one sentence"),
        (lambda: NGramModel(2).fit("ab"), "Split it first"),
        (lambda: NGramModel(2).fit(["ab"]), "Split it first"),
        (lambda: NGramModel(2).fit([["a"]]).generate(-1, torch.Generator()), "length must be"),
        (lambda: NGramModel(2).fit([["a"]]).perplexity([]), "at least one sentence"),
        (lambda: NGramModel(3).use(core.count_ngrams([["a"]], 2)), "must reach length 3"),
        (lambda: core.count_ngrams([["a"]], 2).repeated(2, ["b"]), "training sentences"),
        (lambda: core.load_corpus("web"), "source must be one of"),
    ],
)
def test_errors_name_the_argument(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
