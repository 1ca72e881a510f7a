"""How many tokens texts take: by language, by vocabulary size; and how often each token occurs."""

from __future__ import annotations

import streamlit as st

import ui
from charts import tokenizers as charts
from charts.format import count, number, probability
from core.tokenizers.compare import TokenizationComparison, compare_texts
from core.tokenizers.lengths import LengthPoint, halves, length_curve
from core.tokenizers.real import real_length_curve
from core.tokenizers.zipf import ZipfResult, zipf
from pages.tokenizers import controls
from pages.tokenizers.real import shipped
from pages.tokenizers.training import scheme, text_of, training
from ui import _


@st.cache_resource(max_entries=32, show_spinner=False)
def _ratios(corpus: str, size: int, language: str) -> dict[str, TokenizationComparison]:
    del language  # the titles are in the result, so it belongs to the cache's key
    titles = controls.measured["size"].names
    return compare_texts(
        {titles[name]: text_of(name) for name in controls.LANGUAGES},
        [scheme(name, corpus, size) for name in controls.SCHEMES],
    )


def languages() -> None:
    """Draw tokens per character in English, Chinese, code and emoji."""
    results = _ratios(controls.side_corpus.value, controls.size.value, ui.current_language())
    model = list(controls.SCHEMES).index("lm")
    ratios = "; ".join(
        f"{title} {number(result.rows[model].tokens_per_character or 0.0, 3)}"
        for title, result in results.items()
    )
    with ui.figure():
        ui.plot(
            charts.per_character(results),
            key="tok_ratio",
            alt=_(
                "Tokens per character by tokenizer and text. The language model: {ratios}."
            ).format(ratios=ratios),
            height=430,
            on_click=lambda clicked: controls.mark.set(100 * clicked["curve"] + clicked["point"]),
        )
        ui.note(_ratio_sentence(results, model), keep=True)
    ui.note(_("A hollow mark means that some tokens are unknown: a part of the text is lost."))


def _ratio_sentence(results: dict[str, TokenizationComparison], model: int) -> str:
    """Write the quotient of the clicked mark; before a click, compare the language model's."""
    titles, at = list(results), controls.mark.value
    if 0 <= at // 100 < len(titles) and at % 100 < len(controls.SCHEMES):
        title = titles[at // 100]
        whole, row = results[title], results[title].rows[at % 100]
        return _(
            "{scheme}, {text}: {n} tokens / {characters} characters = {ratio} tokens per "
            "character; unknown: {unknown}."
        ).format(
            scheme=row.name,
            text=title,
            n=count(row.count),
            characters=count(whole.characters),
            ratio=number(row.tokens_per_character or 0.0, 3),
            unknown=count(row.unknown),
        )
    ratios = {
        title: result.rows[model].tokens_per_character or 0.0 for title, result in results.items()
    }
    least, most = min(ratios, key=ratios.__getitem__), max(ratios, key=ratios.__getitem__)
    return _(
        "Language model: {most} takes {high} tokens per character, {least} {low}; the ratio is "
        "{times}. Click a mark to see its quotient."
    ).format(
        most=most,
        least=least,
        high=number(ratios[most], 3),
        low=number(ratios[least], 3),
        times=number(ratios[most] / ratios[least], 3),
    )


@st.cache_resource(max_entries=96, show_spinner=False)
def _curve(name: str, text: str, corpus: str = "", size: int = 0) -> tuple[LengthPoint, ...]:
    if name in controls.TRAINED:
        return length_curve(text, training(name, corpus, size))
    tokenizer = shipped(name)
    return real_length_curve(tokenizer, tokenizer.step(text))


def vocabulary_sizes() -> None:
    """Draw the length of a text over the size of the vocabulary."""
    text = text_of(controls.measured["size"].value)
    corpus, size = controls.side_corpus.value, controls.size.value
    curves = [
        charts.Curve(controls.SCHEMES[name], _curve(name, text, corpus, size))
        for name in ("bpe", "wp", "uni")
    ]
    curves.append(charts.Curve("SmolLM2", _curve("lm", text)))
    ends = "; ".join(
        f"{curve.name} {count(curve.points[0].tokens)} → {count(curve.points[-1].tokens)}"
        for curve in curves
    )
    with ui.figure():
        ui.plot(
            charts.lengths(curves, len(text)),
            key="tok_lengths",
            alt=_("Tokens of the text as the vocabulary grows: {ends}.").format(ends=ends),
            height=430,
        )
        saved = (
            _("{name} {first} and {second}").format(
                name=curve.name, first=_signed(first), second=_signed(second)
            )
            for curve in curves
            for first, second in [halves(curve.points)]
        )
        ui.note(
            _(
                "Tokens that the text saves with the first and with the second half of the tokens "
                "added to the vocabulary: {saved}."
            ).format(saved="; ".join(saved)),
            keep=True,
        )
    ui.note(
        _(
            "Each token of the vocabulary is a row of the embedding table. The curve of SmolLM2 "
            "applies only the first merges of its own list."
        )
    )


def _signed(n: int) -> str:
    return count(n).replace("-", "−")


@st.cache_resource(max_entries=64, show_spinner=False)
def _frequencies(corpus: str, size: int, text: str, name: str) -> ZipfResult:
    return zipf([token.text for token in scheme(name, corpus, size).tokenize(text)])


def frequencies() -> None:
    """Draw the count of each token over its rank."""
    result = _frequencies(
        controls.side_corpus.value,
        controls.size.value,
        text_of(controls.measured["zipf"].value),
        controls.counted_scheme.value,
    )
    if not result.types:
        raise ui.Notice(_("There is nothing to tokenize: type some text into “Your text”."))
    with ui.figure():
        ui.plot(
            charts.zipf(result, [ui.plain(token) for token in result.tokens]),
            key="tok_zipf",
            alt=_("{types} token types by rank; the most frequent occurs {n} times.").format(
                types=count(result.types), n=count(result.counts[0])
            ),
            height=400,
        )
        ui.note(
            _(
                "The most frequent token, {token}, is {n} of all {total} tokens; "
                "{once} of {types} types occur once."
            ).format(
                token=ui.plain(result.tokens[0]),
                n=count(result.counts[0]),
                total=count(result.total),
                once=count(result.hapax),
                types=count(result.types),
            ),
            keep=True,
        )
    ui.facts(
        [
            ui.Fact(
                _("tokens"),
                count(result.total),
                _("{n} types").format(n=count(result.types)),
                _("A type is a distinct token; each of its occurrences is counted as a token."),
            ),
            ui.Fact(_("occur once"), probability(result.hapax_share), _("of the types")),
            ui.Fact(
                _("slope of the fit"),
                number(result.slope, 3) if result.slope is not None else "—",
                _("Zipf's law predicts −1"),
                _("A straight line fitted to ln(count) over ln(rank); the dashed line."),
            ),
        ]
    )
