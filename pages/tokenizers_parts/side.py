"""Side by side: one text under every scheme, and what the schemes cost on different texts."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import ui
from charts import tokenizers as charts
from charts.format import count, number, probability
from core.tokenizers.compare import (
    SchemeTokens,
    TokenizationComparison,
    compare,
    compare_texts,
)
from core.tokenizers.lengths import LengthPoint, length_curve
from core.tokenizers.real import real_length_curve
from core.tokenizers.spelling import loose
from core.tokenizers.zipf import ZipfResult, zipf
from pages.tokenizers_parts import schemes, walking
from pages.tokenizers_parts.real import shipped
from pages.tokenizers_parts.schemes import TEXTS, scheme, text_of, texts
from pages.tokenizers_parts.settings import OWN, Setup, bpe, unigram, wordpiece
from ui import _

CHIPS = 90  # of one scheme
SENTENCE = "Tokens aren't words: 你好，世界! 👋🏽 x += 1"


def draw() -> None:
    """Draw the view."""
    what = ui.choice(
        _("Compare"),
        {
            "chips": _("one text"),
            "ratio": _("languages"),
            "size": _("vocabulary and length"),
            "zipf": _("Zipf's tail"),
        },
        key="tok_what",
        hide_label=True,
    )
    {"chips": one_text, "ratio": languages, "size": sizes, "zipf": tail}[what]()


def _learned(left: DeltaGenerator, right: DeltaGenerator) -> Setup:
    """What the trained schemes learned, chosen in two columns."""
    with left:
        corpus = schemes.corpus_choice()
    with right:
        return schemes.learned(corpus, schemes.size_slider())


def one_text() -> None:
    """The same text cut in up to nine ways."""
    first, *others = st.columns([1.6, 1, 1], gap="medium")
    with first:
        text = walking.text_box(_("One text"), SENTENCE, "tok_side", schemes.LIMIT)
    chosen = _learned(*others)
    shown = ui.choices(
        _("Schemes"),
        schemes.names(),
        key="tok_schemes",
        value=("word", "char", "byte", "bpe", "wp", "uni", "lm"),
    )
    if not text:
        ui.note(_("Nothing to tokenize: type a word."))
        return
    result = compare(text, [scheme(name, chosen) for name in shown])
    for name, row in zip(shown, result.rows, strict=True):
        _chips(text, row, name)


def _chips(text: str, row: SchemeTokens, name: str) -> None:
    """A scheme's tokens in a row behind its name and numbers: one element, quick to change."""
    told = _("{n} tokens, {ratio} a character").format(
        n=count(row.count), ratio=number(row.tokens_per_character or 0.0, 3)
    )
    if row.unknown:
        told = _("{told}, {n} unknown").format(told=told, n=count(row.unknown))
    tokens = [ui.Token(row.name, note=told, color="@muted")]
    tokens += [
        ui.Token(loose(token.text))
        if token.known
        else ui.Token(text[token.start : token.stop], color="@negative", title=_("unknown"))
        for token in row.tokens[:CHIPS]
    ]
    if row.count > CHIPS:
        tokens.append(ui.Token(_("{n} more").format(n=count(row.count - CHIPS)), muted=True))
    ui.tokens(
        tokens, key=f"tok_side_{name}", label=_("The text in {scheme}").format(scheme=row.name)
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def _ratios(corpus: str, size: int, language: str) -> dict[str, TokenizationComparison]:
    del language  # the titles are in it, so it belongs to the key
    chosen = schemes.learned(corpus, size)
    known = texts()
    return compare_texts(
        {known[name]: text_of(name, "") for name in TEXTS},
        [scheme(name, chosen) for name in schemes.names()],
    )


def languages() -> None:
    """Tokens per character in English, Chinese, code and emoji."""
    chosen = _learned(*st.columns(2, gap="large"))
    results = _ratios(chosen.corpus, chosen.merges, ui.current_language())
    by_title = {title: {row.name: row for row in r.rows} for title, r in results.items()}
    model = schemes.names()["lm"]
    ui.plot(
        charts.per_character(results),
        key="tok_ratio",
        alt=_("Tokens per character by scheme and text. The language model: {told}.").format(
            told="; ".join(
                f"{title} {number(rows[model].tokens_per_character or 0.0, 3)}"
                for title, rows in by_title.items()
            )
        ),
        height=430,
    )
    ui.note(
        _(
            "Left is cheap. A hollow mark has unknown tokens: short because something was lost. "
            "What was trained on English text pays for every other script."
        )
    )


def _text_menu(key: str, value: str) -> tuple[str, str]:
    name = ui.choice(_("Text"), texts(), key=key, value=value, menu=True)
    own = ""
    if name == OWN:
        own = walking.text_box(_("Your own text"), SENTENCE, "tok_side", schemes.LIMIT)
    return name, own


@st.cache_resource(max_entries=16, show_spinner=False)
def _models_curve(text: str) -> tuple[LengthPoint, ...]:
    """The language model's own list of merges, whatever the others learned."""
    real = shipped("lm")
    return real_length_curve(real, real.step(text))


@st.cache_resource(max_entries=32, show_spinner=False)
def _curves(corpus: str, size: int, text: str) -> tuple[charts.Curve, ...]:
    chosen = schemes.learned(corpus, size)
    return (
        charts.Curve("BPE", length_curve(text, bpe(chosen))),
        charts.Curve("WordPiece", length_curve(text, wordpiece(chosen))),
        charts.Curve("Unigram", length_curve(text, unigram(chosen))),
        charts.Curve("SmolLM2", _models_curve(text)),
    )


def sizes() -> None:
    """A larger vocabulary makes the text shorter, by less and less."""
    first, *others = st.columns(3, gap="medium")
    with first:
        name, own = _text_menu("tok_size_text", "gettysburg")
    chosen = _learned(*others)
    text = text_of(name, own)
    curves = _curves(chosen.corpus, chosen.merges, text)
    ends = "; ".join(
        f"{curve.name} {count(curve.points[0].tokens)} → {count(curve.points[-1].tokens)}"
        for curve in curves
    )
    ui.plot(
        charts.lengths(curves, len(text)),
        key="tok_lengths",
        alt=_("Tokens of the text as the vocabulary grows: {ends}.").format(ends=ends),
        height=430,
    )
    ui.note(
        _(
            "Each merge is one more row in the embedding table and saves less than the one before. "
            "SmolLM2 is cut off at ever later merges of its own list."
        )
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def _tail(corpus: str, size: int, text: str, name: str) -> ZipfResult:
    tokens = scheme(name, schemes.learned(corpus, size)).tokenize(text)
    return zipf([token.text for token in tokens])


def tail() -> None:
    """Few tokens do most of the work; many occur once."""
    left, right = st.columns(2, gap="large")
    with left:
        name, own = _text_menu("tok_zipf_text", "gettysburg")
    with right:
        kind = ui.choice(_("Cut into"), schemes.names(), key="tok_zipf_scheme", menu=True)
    if kind in schemes.TRAINED:
        chosen = _learned(*st.columns(2, gap="large"))
    else:
        chosen = schemes.learned("gettysburg", 10)
    result = _tail(chosen.corpus, chosen.merges, text_of(name, own), kind)
    if not result.types:
        ui.note(_("Nothing to tokenize: type a word."))
        return
    ui.plot(
        charts.zipf(result, [ui.plain(token) for token in result.tokens]),
        key="tok_zipf",
        alt=_("{types} kinds of token by rank; the most frequent occurs {n} times.").format(
            types=count(result.types), n=count(result.counts[0])
        ),
        height=330,
    )
    ui.facts(
        [
            ui.Fact(_("tokens"), count(result.total), _("{n} kinds").format(n=count(result.types))),
            ui.Fact(
                _("occur once"),
                probability(result.hapax_share),
                _("of the kinds, seen in one place"),
            ),
            ui.Fact(
                _("slope"),
                number(result.slope, 3) if result.slope is not None else "—",
                _("Zipf's law says −1"),
            ),
        ]
    )
