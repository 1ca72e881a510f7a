from __future__ import annotations

import io
import itertools
import math
import time
from collections import Counter, defaultdict

import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from core.tokenizers.trained.corpora import load_corpus
from core.tokenizers.unigram import (
    best_segmentations,
    encode_unigram,
    posterior,
    removal_deltas,
    seed_vocabulary,
    train_unigram,
    unigram_loss,
    viterbi,
)

HUG = {"hug": 10, "pug": 5, "pun": 12, "bun": 4, "hugs": 5}
# The course's table: every substring that is not a whole word, but "hug", which is inside "hugs".
TABLE = {
    "h": 15, "u": 36, "g": 20, "hu": 15, "ug": 20, "p": 17, "pu": 17, "n": 16, "un": 16, "b": 4,
    "bu": 4, "s": 5, "hug": 15, "gs": 5, "ugs": 5,
}  # fmt: skip
LOG_PROBS = {piece: math.log(count / 210) for piece, count in TABLE.items()}
PIECES = st.dictionaries(
    st.text("abc", min_size=1, max_size=3), st.floats(-7, 0), min_size=1, max_size=11
)
CORPORA = st.dictionaries(
    st.text("abc", min_size=1, max_size=7), st.integers(1, 5), min_size=1, max_size=5
)


def every_cut(word: str, log_probs: dict[str, float]) -> list[tuple[float, tuple[str, ...]]]:
    cuts = []
    for marks in itertools.product((False, True), repeat=max(0, len(word) - 1)):
        bounds = [0, *(i + 1 for i, mark in enumerate(marks) if mark), len(word)]
        tokens = tuple(word[a:b] for a, b in itertools.pairwise(bounds)) if word else ()
        if all(token in log_probs for token in tokens):
            cuts.append((sum(log_probs[token] for token in tokens), tokens))
    return cuts


def test_the_courses_table():
    assert sum(TABLE.values()) == 210
    seeds = seed_vocabulary(HUG, max_piece_length=3)
    assert {piece: seeds[piece] for piece in TABLE} == TABLE
    assert set(seeds) - set(TABLE) == {"pug", "pun", "bun"}


def test_the_courses_segmentations_of_pug():
    # Its text takes 5/210 for P("p"); its own table says 17/210, and so do we.
    cuts = best_segmentations("pug", LOG_PROBS)
    assert {cut.tokens: pytest.approx(math.exp(cut.log_prob)) for cut in cuts} == {
        ("pu", "g"): 17 / 210 * 20 / 210,
        ("p", "ug"): 17 / 210 * 20 / 210,
        ("p", "u", "g"): 17 / 210 * 36 / 210 * 20 / 210,
    }
    assert viterbi("pug", LOG_PROBS).tokens == ("p", "ug")  # of a tie, the longer last piece
    # Its Viterbi table for "unhug": un 0.076190, unh 0.005442, unhu 0.005442, unhug 0.005442.
    best = viterbi("unhug", LOG_PROBS).best
    assert [round(math.exp(entry.log_prob), 6) for entry in best] == [
        1, 0.171429, 0.07619, 0.005442, 0.005442, 0.005442
    ]  # fmt: skip
    assert [entry.piece for entry in best] == [None, "u", "un", "h", "hu", "hug"]
    assert viterbi("unhug", LOG_PROBS).tokens == ("un", "hug")


def test_the_courses_loss_and_deltas():
    assert unigram_loss(HUG, LOG_PROBS) == pytest.approx(169.8, abs=0.05)
    deltas = removal_deltas(HUG, LOG_PROBS)
    assert deltas["pu"] == 0.0
    assert deltas["hug"] == pytest.approx(23.5, abs=0.05)


def test_the_courses_code_after_its_start_at_one_is_taken_off():
    text = (
        "This is the Hugging Face Course. This chapter is about tokenization. "
        "This section shows several tokenizer algorithms. Hopefully, you will be able to "
        "understand how they are trained and generate tokens."
    )
    words = dict(Counter("▁" + word for word in text.split()))
    characters: Counter[str] = Counter()
    longer: Counter[str] = Counter()
    for word, count in words.items():
        for start in range(len(word)):
            characters[word[start]] += count
            for stop in range(start + 2, len(word) + 1):
                longer[word[start:stop]] += count
    ranked = sorted(longer.items(), key=lambda entry: entry[1], reverse=True)
    table = dict([*characters.items(), *ranked[: 300 - len(characters)]])
    total = sum(table.values())
    log_probs = {piece: math.log(count / total) for piece, count in table.items()}
    hopefully = viterbi("Hopefully", log_probs)
    assert hopefully.tokens == ("H", "o", "p", "e", "f", "u", "ll", "y")
    assert -hopefully.log_prob + 1 == pytest.approx(41.5157494601402)
    assert -viterbi("This", log_probs).log_prob + 1 == pytest.approx(6.288267030694535)
    loss = unigram_loss(words, log_probs) + sum(words.values())  # ty: ignore[invalid-argument-type]
    assert loss == pytest.approx(413.10377642940875)
    deltas = removal_deltas(words, log_probs)  # ty: ignore[invalid-argument-type]
    assert deltas["ll"] == pytest.approx(6.376412403623874)
    assert deltas["his"] == 0.0


@given(st.text("abcd", max_size=7), PIECES)
def test_viterbi_and_posterior_against_every_cut(word, log_probs):
    copy = dict(log_probs)
    cuts = every_cut(word, log_probs)
    lattice, summed = viterbi(word, log_probs), posterior(word, log_probs)
    ranked = best_segmentations(word, log_probs, 100)
    assert len(ranked) == min(100, len(cuts))
    if not cuts:
        assert lattice.tokens == lattice.spans == ranked == ()
        assert lattice.log_prob == summed.log_prob == -math.inf
        assert set(summed.edge_probs) <= {0.0}
        return
    assert lattice.log_prob == pytest.approx(max(cuts)[0])
    assert "".join(lattice.tokens) == word
    assert sum(log_probs[token] for token in lattice.tokens) == pytest.approx(lattice.log_prob)
    assert [cut.log_prob for cut in ranked] == pytest.approx(
        sorted((cut[0] for cut in cuts), reverse=True)
    )
    assert {cut.tokens for cut in ranked} == {tokens for _, tokens in cuts}
    total = sum(math.exp(score) for score, _ in cuts)
    assert summed.log_prob == pytest.approx(math.log(total))
    expected: defaultdict[str, float] = defaultdict(float)
    for score, tokens in cuts:
        for token in tokens:
            expected[token] += math.exp(score) / total
    used = {piece: count for piece, count in summed.expected.items() if count}
    assert used == pytest.approx(dict(expected))
    for stop, best in enumerate(lattice.best):
        prefixes = every_cut(word[:stop], log_probs)
        assert best.log_prob == pytest.approx(max(prefixes, default=(-math.inf,))[0])
    for edge in lattice.edges:
        assert word[edge.start : edge.stop] == edge.piece
        assert edge.best == ((edge.start, edge.stop) in lattice.spans)
    assert summed.forward[-1] == pytest.approx(summed.backward[0])
    assert log_probs == copy


@given(CORPORA, PIECES)
def test_removal_deltas_against_taking_each_piece_away(word_counts, log_probs):
    deltas = removal_deltas(word_counts, log_probs)
    assert list(deltas) == list(log_probs)
    cuttable = {w: c for w, c in word_counts.items() if viterbi(w, log_probs).tokens}
    assert math.isinf(unigram_loss(word_counts, log_probs)) == (cuttable != word_counts)
    if not cuttable:
        assert set(deltas.values()) == {0.0}
        return
    for piece, delta in deltas.items():
        rest = {other: value for other, value in log_probs.items() if other != piece}
        loss = unigram_loss(cuttable, rest)
        assert delta == pytest.approx(loss - unigram_loss(cuttable, log_probs), abs=1e-9)


@settings(deadline=None)
@given(CORPORA, st.sampled_from([0.1, 0.2, 0.5]), st.integers(1, 3))
def test_training_keeps_its_promises(word_counts, shrink, em_iterations):
    copy = dict(word_counts)
    characters = {char for word in word_counts for char in word}
    size = len(characters) + 2
    training = train_unigram(word_counts, size, shrink, em_iterations=em_iterations)
    assert len(training.vocab) == min(size, len(training.seed_counts))
    assert characters <= set(training.vocab)
    assert training.log_probs == training.steps[-1].log_probs
    assert math.fsum(map(math.exp, training.log_probs.values())) == pytest.approx(1)
    for step in training.steps:
        assert step.vocab_size == len(step.log_probs) == len(step.deltas)
        assert len(step.em) == em_iterations
        losses = [iteration.marginal_loss for iteration in step.em] + [step.marginal_loss]
        for before, after in itertools.pairwise(losses):
            assert after <= before + 1e-6  # EM never raises the loss
        assert step.marginal_loss <= step.loss + 1e-9
        assert step.loss == pytest.approx(unigram_loss(word_counts, step.log_probs))
        assert step.deltas == pytest.approx(removal_deltas(word_counts, step.log_probs))
        assert step.segmentations == {w: viterbi(w, step.log_probs).tokens for w in word_counts}
        for iteration in step.em:
            letters = sum(len(word) * count for word, count in word_counts.items())
            spelled = sum(len(piece) * n for piece, n in iteration.expected.items())
            assert spelled == pytest.approx(letters)  # expected pieces spell the whole corpus
    for step, following in itertools.pairwise(training.steps):
        limit = max(1, int(shrink * step.vocab_size))
        assert len(step.pruned) == min(limit, step.vocab_size - size) > 0
        assert all(len(piece) > 1 for piece in step.pruned)
        kept = set(step.log_probs) - set(step.pruned)
        assert kept == set(following.log_probs)
        dearest = max(step.deltas[piece] for piece in step.pruned)
        assert all(step.deltas[piece] >= dearest for piece in kept if len(piece) > 1)
        left = {piece: step.log_probs[piece] for piece in kept}
        assert step.loss_after == pytest.approx(unigram_loss(word_counts, left))
    assert training.steps[-1].pruned == ()
    assert word_counts == copy


@settings(deadline=None)
@given(CORPORA, st.sampled_from([0.1, 0.2, 0.5]), st.integers(1, 3), st.integers(0, 9))
def test_a_smaller_training_gives_its_rounds_and_changes_nothing(counts, shrink, em, more):
    characters = len({char for word in counts for char in word})
    least = train_unigram(counts, characters, shrink, em_iterations=em)
    plain = train_unigram(counts, characters + more, shrink, em_iterations=em)
    sooner = train_unigram(counts, characters + more, shrink, em_iterations=em, smaller=least)
    assert sooner == plain
    taken = [step for step in sooner.steps if any(step is other for other in least.steps)]
    assert len(taken) >= len(plain.steps) - 2, "only the last pruning and the round after are new"
    other = train_unigram(counts, characters + more, shrink, em_iterations=em + 1, smaller=least)
    assert all(len(step.em) == em + 1 for step in other.steps), "its EM is another one"
    doubled = {word: 2 * count for word, count in counts.items()}
    foreign = train_unigram(doubled, characters + more, shrink, em_iterations=em, smaller=least)
    assert foreign == train_unigram(doubled, characters + more, shrink, em_iterations=em)


def test_a_first_round_by_hand():
    # Seeds a 2, b 2, ab 2. Cuts of "ab": ab at 1/3, a+b at 1/9; so ab is 3/4 of the sum 4/9.
    training = train_unigram({"ab": 2}, 2, em_iterations=1)
    first = training.steps[0].em[0]
    assert first.marginal_loss == pytest.approx(-2 * math.log(4 / 9))
    assert first.expected == pytest.approx({"a": 0.5, "b": 0.5, "ab": 1.5})
    assert first.log_probs == pytest.approx(
        {"a": math.log(0.2), "b": math.log(0.2), "ab": math.log(0.6)}
    )
    assert training.steps[0].pruned == ("ab",)
    assert training.steps[0].deltas["ab"] == pytest.approx(2 * math.log(0.6 / 0.04))
    assert training.curve == ((3, 2), (2, 4))


def test_seeds():
    seeds = seed_vocabulary(HUG, 2, seed_size=9)
    assert list(seeds) == ["u", "g", "p", "n", "h", "s", "b", "ug", "pu"]
    assert seed_vocabulary({"ab": 1}, 2) == {"a": 1, "b": 1}  # "ab" occurs once
    assert seed_vocabulary({"ab": 1}, 2, min_count=1) == {"a": 1, "b": 1, "ab": 1}
    assert set(seed_vocabulary(HUG, 1, seed_size=1)) == set("hugpnbs")  # characters always stay
    training = train_unigram(HUG, 7, seed=TABLE)
    assert training.seed_counts == TABLE
    assert set(training.vocab) == set("hugpnbs")


@given(st.text("abcdé🙂 ", max_size=13), PIECES)
def test_encoding_agrees_with_the_tokenizers_library(text, log_probs):
    table = [("<unk>", 0.0), *log_probs.items()]
    library = Tokenizer(models.Unigram(table, unk_id=0))
    encoding = encode_unigram(text, dict(table))
    ours = [text[start:stop] for start, stop in encoding.spans]
    theirs = library.encode(text)
    assert ours == theirs.tokens
    assert encoding.unknown == tuple(index == 0 for index in theirs.ids)
    assert encoding.tokens == tuple(
        "[UNK]" if unknown else token for token, unknown in zip(ours, encoding.unknown, strict=True)
    )


def test_encoding_agrees_with_sentencepiece():
    text = load_corpus("gettysburg").text
    assert text is not None
    buffer = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(text.splitlines()),
        model_writer=buffer,
        vocab_size=151,
        model_type="unigram",
        minloglevel=2,
    )
    library = sentencepiece.SentencePieceProcessor(model_proto=buffer.getvalue())
    log_probs = {
        library.id_to_piece(index): library.get_score(index)
        for index in range(library.get_piece_size())
        if not (library.is_unknown(index) or library.is_control(index))
    }
    words = sorted({word for word in text.split() if word.isalpha()})
    assert len(words) > 97
    for word in [*words, "unseen", "token", "nation's"]:
        ours = encode_unigram("▁" + word, log_probs)
        pieces = [ours.word[start:stop] for start, stop in ours.spans]
        theirs = library.encode(word, out_type=str)
        if pieces != theirs:  # only a tie in float32 may be cut otherwise
            score = sum(log_probs[piece] for piece in theirs)
            assert score == pytest.approx(ours.lattice.log_prob, abs=1e-4)


def test_unknown_characters_cost_ten_nats_more_than_the_worst_piece():
    log_probs = {"hug": -1.0, "h": -3.0, "u": -3.0, "g": -4.0}
    encoding = encode_unigram("hug!?u", log_probs)
    assert encoding.tokens == ("hug", "[UNK]", "u")
    assert encoding.spans == ((0, 3), (3, 5), (5, 6))
    assert encoding.lattice.log_prob == pytest.approx(-1 - 14 - 14 - 3)
    assert [edge.piece for edge in encoding.lattice.edges if edge.unknown] == ["!", "?"]
    assert viterbi("hug!", log_probs).log_prob == -math.inf
    assert unigram_loss({"hug!": 2, "hug": 1}, log_probs) == math.inf
    assert encode_unigram("", log_probs).tokens == ()
    assert encode_unigram("a", {}).tokens == ("[UNK]",)


def test_a_long_word_does_not_underflow():
    word = "ab" * 3_001
    result = posterior(word, {"a": -3.0, "b": -5.0, "ab": -7.0})
    assert result.log_prob == pytest.approx(3_001 * math.log(math.exp(-8) + math.exp(-7)))
    assert result.expected["ab"] == pytest.approx(3_001 / (1 + math.exp(-1)))


def test_the_default_corpora_train_within_a_fifth_of_a_second():
    corpus = load_corpus("endings")
    best = math.inf
    for _ in range(3):
        start = time.process_time()
        train_unigram(corpus.word_counts, 40)
        best = min(best, time.process_time() - start)
    assert best < 0.2


@pytest.mark.parametrize(
    ("call", "part"),
    [
        (lambda: viterbi(3, {}), "word must be text; got 3"),  # ty: ignore[invalid-argument-type]
        (lambda: viterbi("a", {"a": math.nan}), "log_probs['a'] must be a log-probability"),
        (lambda: viterbi("a", {"a": math.inf}), "got inf"),
        (lambda: viterbi("a", {"a": True}), "got True"),
        (lambda: viterbi("a", {"a": "-1"}), "got '-1'"),  # ty: ignore[invalid-argument-type]
        (lambda: viterbi("a", {"": -1.0}), "got ''"),
        (lambda: viterbi("a", {"a": -(10**400)}), "must be a log-probability"),
        (lambda: viterbi("a", [("a", -1.0)]), "must map pieces to numbers"),  # ty: ignore[invalid-argument-type]
        (lambda: posterior("a", {"a": math.nan}), "log_probs['a']"),
        (lambda: best_segmentations("a", {"a": -1.0}, 0), "count must be from 1 to 100; got 0"),
        (lambda: unigram_loss({}, {"a": -1.0}), "at least one word"),
        (lambda: unigram_loss({"a": 1}, {"a": math.nan}), "log_probs['a']"),
        (lambda: removal_deltas({"a": -2}, {"a": -1.0}), "got -2"),
        (lambda: train_unigram(HUG, 6), "at least 7, the number of distinct characters"),
        (lambda: train_unigram(HUG, 9, 0.0), "shrink must lie in (0, 1); got 0"),
        (lambda: train_unigram(HUG, 9, 1.0), "shrink must lie in (0, 1); got 1"),
        (lambda: train_unigram(HUG, 9, em_iterations=0), "em_iterations"),
        (lambda: train_unigram(HUG, 9.0), "vocab_size must be a whole number; got 9.0"),  # ty: ignore[invalid-argument-type]
        (lambda: train_unigram(HUG, 9, seed={"h": 3}), "it lacks 6, the first being 'b'"),
        (lambda: train_unigram(HUG, 9, seed={"h": 0}), "seed must map pieces to counts"),
        (lambda: seed_vocabulary(HUG, 0), "max_piece_length must be at least 1; got 0"),
        (lambda: seed_vocabulary(HUG, 3, 0), "seed_size"),
        (lambda: encode_unigram(b"a", {}), "word must be text"),  # ty: ignore[invalid-argument-type]
    ],
)
def test_a_refusal_is_a_sentence(call, part):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        call()
    assert part in str(caught.value)
