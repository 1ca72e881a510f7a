"""The tokenizer page's sentences against an independent count, and the layout of its chips."""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.tokenizers.bpe import train_bpe
from core.tokenizers.lengths import LengthPoint, halves
from core.tokenizers.spelling import widths
from core.tokenizers.trained.corpora import load_corpus
from core.tokenizers.wordpiece import train_wordpiece
from pages.tokenizers import pitfalls
from pages.tokenizers.rounds import _apart
from tests import pages
from tests.tokenizers.test_page import HUG, chips, opened, table, words_of


def merged(words: dict[str, list[str]], pair: tuple[str, str]) -> dict[str, list[str]]:
    """Apply one merge to words, left to right, without the app's code."""
    result = {}
    for word, symbols in words.items():
        out: list[str] = []
        rest = list(symbols)
        while rest:
            out.append("".join(pair) if tuple(rest[:2]) == pair else rest[0])
            rest = rest[2:] if tuple(rest[:2]) == pair else rest[1:]
        result[word] = out
    return result


def test_every_merge_is_explained_with_its_sum_and_its_saving() -> None:
    words = {word: list(word) for word in HUG}
    at = opened()
    for index in range(7):
        pages.put(at, {"tok_step": index})
        sums: dict[tuple[str, str], Counter[str]] = {}
        for word, symbols in words.items():
            for pair in pairwise(symbols):
                sums.setdefault(pair, Counter())[word] += HUG[word]
        totals = {pair: sum(parts.values()) for pair, parts in sums.items()}
        pair = max(totals, key=totals.__getitem__)
        parts = [f"{n} ({word})" for word, n in sums[pair].items()]
        before = sum(HUG[word] * len(symbols) for word, symbols in words.items())
        shown = words_of(at)
        assert f"{before} − {totals[pair]} = {before - totals[pair]} tokens" in shown
        total = f" = {totals[pair]}" if len(parts) > 1 else ""
        assert f"f({' + '.join(pair)}) = {' + '.join(parts)}{total}. Click" in shown
        tied = list(totals.values()).count(totals[pair]) - 1
        assert ("tied with" in shown) == bool(tied)
        words = merged(words, pair)


def test_a_click_on_a_symbol_writes_the_sum_for_its_pair() -> None:
    at = opened()
    assert chips(at, "tok_before")[:5] == ["h", "u", "g", "×10", "p"]
    pages.click(at, "tok_before", 4)
    pages.assert_whole(at)
    assert "f(p + u) = 5 (pug) + 12 (pun) = 17." in words_of(at)
    assert pages.message(at, "tok_before")["selected"] == 4
    pages.click(at, "tok_before", 2)  # the last symbol of a word: the pair on its left
    assert "f(u + g) = 10 (hug) + 5 (pug) + 5 (hugs) = 20." in words_of(at)


def test_long_sums_are_cut_and_still_add_up() -> None:
    at = opened(tok_corpus="gettysburg", tok_step=0)
    shown = re.search(r"f\([^)]*\) = ([^.]*)\. Click", words_of(at))
    assert shown is not None
    terms, total = shown[1].rsplit(" = ", 1)
    assert len(terms.split(" + ")) == 7
    assert sum(int(term.split()[0]) for term in terms.split(" + ")) == int(total)


@pytest.mark.parametrize("algorithm", ["bpe", "wordpiece"])
@pytest.mark.parametrize("corpus", ["hug", "endings", "chinese"])
def test_the_rows_before_and_after_a_merge_align(algorithm: str, corpus: str) -> None:
    at = opened(tok_algo=algorithm, tok_corpus=corpus)
    for step in (0, 3, 6):
        pages.put(at, {"tok_step": step})
        rows = []
        for key in ("tok_before", "tok_after"):
            groups = groupby(pages.message(at, key)["tokens"], key=lambda chip: chip["group"])
            rows.append([sum(chip["span"] for chip in group) for _, group in groups])
        assert rows[0] == rows[1]
        assert all(width > 0 for width in rows[0])


@given(st.lists(st.text("ab#", min_size=1, max_size=3), min_size=1, max_size=7), st.data())
def test_widths_count_the_parts(initial: list[str], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(initial)))) | {len(initial)})
    starts = [0, *cuts[:-1]]
    symbols = ["".join(initial[a:b]) for a, b in zip(starts, cuts, strict=True)]
    assert widths(symbols, initial) == tuple(b - a for a, b in zip(starts, cuts, strict=True))
    assert widths([*symbols, "x"], initial) == (0,) * (len(symbols) + 1)


def test_a_text_opens_on_its_tokens_with_ids_and_is_stepped_back() -> None:
    training = train_bpe(HUG, 7)
    at = opened(tokenizers_view="use", tok_use="hugs bun")
    shown = pages.message(at, "tok_use_chips")["tokens"]
    assert [token["plain"] for token in shown] == ["hugs", "bun"]
    assert [int(token["note"]) for token in shown] == [
        training.vocab.index("hugs"),
        training.vocab.index("bun"),
    ]
    last = pages.message(at, "tok_use_at")
    assert last["value"] == last["count"] - 1
    counts = {}
    for step in range(last["count"]):
        pages.put(at, {"tok_use_at": step})
        counts[step] = len(chips(at, "tok_use_chips"))
        if step:
            saved = counts[step - 1] - counts[step]
            assert f"{counts[step - 1]} − {saved} = {counts[step]} symbols remain" in words_of(at)
    assert counts[0] == len("hugs") + len("bun")


def test_a_pre_token_is_one_group_and_keeps_its_width() -> None:
    at = opened(tokenizers_view="use", tok_use="hugs bun")
    for step in (0, 2, 99):
        pages.put(at, {"tok_use_at": step})
        tokens = pages.message(at, "tok_use_chips")["tokens"]
        groups = {g: [*c] for g, c in groupby(tokens, key=lambda chip: chip["group"])}
        assert {g: sum(chip["span"] for chip in c) for g, c in groups.items()} == {0: 4, 1: 3}


def test_a_text_without_a_pair_has_nothing_to_step() -> None:
    at = opened(tokenizers_view="use", tok_use="z z")
    stepper = pages.message(at, "tok_use_at")
    assert (stepper["count"], stepper["first"], stepper["words"]["none"]) == (
        1,
        0,
        "nothing to step",
    )
    assert "No pair of the merge list occurs" in words_of(at)
    assert "Unknown tokens, in red: 2." in words_of(at)


@pytest.mark.parametrize("corpus", ["hug", "low", "code"])
def test_the_merges_slider_ends_where_the_corpus_does(corpus: str) -> None:
    possible = len(train_bpe(load_corpus(corpus).word_counts, 200).steps)
    at = opened(tok_corpus=corpus)
    assert pages.message(at, "tok_merges")["max"] == possible < 200
    assert ("no pair is left" in words_of(at)) == (possible <= 40)
    pages.put(at, {"tok_merges": possible - 1})
    assert pages.message(at, "tok_step")["count"] == possible - 1
    assert "no pair is left" not in words_of(at)


def test_each_lookup_of_wordpiece_says_what_it_found() -> None:
    vocab = train_wordpiece(HUG, 40).vocab
    at = opened(tokenizers_view="use", tok_algo="wordpiece", tok_use="pugs")
    pieces = [piece for piece in ("pugs", "pug", "pu", "p") if piece not in vocab]
    for step, piece in enumerate(pieces):
        pages.put(at, {"tok_use_try": step})
        assert f"“{piece}” is not in the vocabulary" in words_of(at)
    pages.put(at, {"tok_use_try": len(pieces)})
    assert "is the longest piece that matches" in words_of(at)


def test_unigram_rounds_say_what_they_prune() -> None:
    at = opened(tok_algo="unigram", tok_round=0)
    pruned = len(chips(at, "tok_pruned"))
    assert pruned
    assert f"Then {pruned} of " in words_of(at)
    pages.put(at, {"tok_round": 999})
    assert ("No piece is pruned" in words_of(at)) == (not chips(at, "tok_pruned"))


def test_rounding_does_not_make_different_losses_equal() -> None:
    assert _apart(55.64012, 55.64031) == ("55.6401", "55.6403")
    assert _apart(110.3, 55.62) == ("110.3", "55.62")
    assert _apart(2.0, 2.0) == ("2.000", "2.000")


@pytest.mark.model
def test_words_stay_on_one_line_in_every_row_of_a_comparison() -> None:
    at = opened(tokenizers_view="side", tok_side="Tokens aren't words", tok_schemes="char,byte,lm")
    for name in ("char", "byte", "lm"):
        tokens = pages.message(at, f"tok_side_{name}")["tokens"][1:]
        words = [
            "".join(chip["plain"] for chip in group)
            for _, group in groupby(tokens, key=lambda chip: chip["group"])
        ]
        assert words == ["Tokens", "·aren't", "·words"]


def test_halves_of_a_curve() -> None:
    sizes = range(10, 111, 10)
    curve = [LengthPoint(size, 1000 - size**2 // 20, 0) for size in sizes]
    assert halves(curve) == (curve[0].tokens - curve[5].tokens, curve[5].tokens - curve[-1].tokens)


@pytest.mark.model
def test_the_ratio_of_a_clicked_mark_is_written_out() -> None:
    at = opened(tokenizers_view="side", tok_what="ratio")
    assert "the ratio is" in words_of(at)
    marks = pages.spec(at, "tok_ratio")["data"]
    place = {"x": float(marks[1]["x"][2]), "y": marks[1]["y"][2]}
    pages.click(at, "tok_ratio", {"curve": 1, "point": 2} | place)  # Chinese, bytes
    pages.assert_whole(at)
    text = load_corpus("chinese").text or ""
    found = len(text.encode()) / len(text)
    assert marks[1]["x"][2] == pytest.approx(found)
    assert f"{len(text.encode()):,} tokens / {len(text):,} characters = {found:.2f}" in words_of(at)


@pytest.mark.model
def test_unknown_tokens_are_counted_in_words() -> None:
    text = "我们在巴黎吃了饺子。"
    at = opened(tokenizers_view="side", tok_schemes="enc,lm", tok_side=text)
    row = pages.message(at, "tok_side_enc")["tokens"]
    red = sum(token["color"] == "@negative" for token in row)
    assert red > 0
    assert f"encoder {red}/{len(row) - 1}." in words_of(at)
    lm = pages.message(at, "tok_side_lm")["tokens"]
    assert lm[0]["parts"][0][0] == "language model", "a label has spaces, not dots"
    pages.put(at, {"tok_schemes": "lm"})
    assert "No token is unknown." in words_of(at)
    pages.put(at, {"tokenizers_pitfall_1": True})
    assert re.search(r"\d+ \(\d+ unknown\)", words_of(at)), "the pitfall's table marks them too"


@pytest.mark.model
def test_the_rule_of_three_quarters_is_not_claimed_for_its_sentence(language_model) -> None:
    at = opened(tokenizers_pitfall_1=True)
    for sentence in (pitfalls.SENTENCES[0], pitfalls.SENTENCES[2]):
        ids = language_model.tokenizer.backend.encode(sentence, add_special_tokens=False).ids
        words = len(re.findall(r"[^\W\d_]+", sentence))
        assert f"{words / len(ids):.3f}"[:4] in words_of(at)


def test_what_the_examples_claim() -> None:
    hug = train_bpe(HUG, 40)
    assert (len(hug.steps), hug.exhausted) == (7, True), "after seven merges no pair is left"
    second = train_bpe({"aaabdaaabac": 1}, 3).steps[1]
    assert len(second.ties) == 2, "at the second merge two pairs tie"
    first = train_wordpiece(HUG, 1).steps[0]
    counts = first.pair_counts
    assert max(counts, key=counts.__getitem__) == ("##u", "##g")
    assert first.pair == ("##g", "##s")
    assert {a for a, b in counts if b == "##s"} == {"##g"}, "##s occurs only after ##g"
    assert set("hugs and mugs") - set("".join(HUG)) == {"a", "d", "m", " "}
    chinese = [c for c in load_corpus("chinese").text or "" if "\u4e00" <= c <= "\u9fff"]
    assert {len(c.encode()) for c in chinese} == {3}
    code = [
        step.merged for step in train_bpe(load_corpus("chinese").word_counts, 100, "byte").steps
    ]
    assert len(code) == 100


def test_tables_have_chinese_headings_in_chinese() -> None:
    at = opened(lang="zh")
    for name in ("merges.csv", "step.csv", "tokens.csv"):
        header = table(at, name)[0]
        assert all(re.search("[\u4e00-\u9fff]", title) for title in header), header
