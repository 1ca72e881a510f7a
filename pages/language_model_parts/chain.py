"""The chain rule, token by token: chips by surprisal, the prediction at the chosen place."""

from __future__ import annotations

import math

import streamlit as st

import ui
from charts import language_model as charts
from charts.format import count, number, probability
from charts.language_model import bits
from core.text_scoring import ChainRule
from pages.language_model_parts import scored, texts
from ui import _, tokens

_NOTED = 120  # up to here every chip carries its bits


def draw() -> None:
    """Text in; chips, figures and the numbers out."""
    text = ui.live_text(_("Text"), texts.FACT, key="lm_text")
    left, right = st.columns([2, 3], gap="medium")
    with left:
        first = scored.first_choice()
    found = scored.score_here(text, first=first)
    if not found:
        ui.note(_nothing(text))
        return
    held = found[0]
    chain = held.chain
    with right:
        at = ui.stepper(_("Place in the text"), len(chain.ids), key="lm_at", value=_start_at(chain))
    tokens(
        _chips(held),
        key="lm_chips",
        label=_("The text's tokens; the darker, the more surprising"),
        selected=at + 1,
        on_click=_look_at,
    )
    words = [scored.token_label(i) for i in chain.ids]
    wide, narrow = st.columns([5, 3], gap="medium")
    with wide:
        ui.plot(
            charts.surprise(chain, words, at),
            key="lm_surprise",
            alt=_alt(chain, words),
            height=340,
            on_click=lambda mark: _look_at(round(mark["x"])),
        )
    with narrow:
        _place(chain, at, words[at])
    _facts(chain)
    ui.formula(_formula(chain))
    if not ui.presenting():
        ui.note(
            _(
                "Under each token its surprisal in bits; the darkest ground is {most} bits, a "
                "blind guess among {size} tokens. Click a token, or step with the arrow keys. A "
                "model predicts a token from those before it, and before the first there is none: "
                "either the separator that stood between documents in training stands in, or the "
                "first token is taken as given and not scored."
            ).format(
                most=number(math.log2(chain.vocab_size), 3),
                size=count(chain.vocab_size),
            )
        )


def _nothing(text: str) -> str:
    if text:
        return _("One token that is taken as given leaves nothing to score. Write on.")
    return _("Type a sentence: each of its tokens gets its surprisal.")


def _start_at(chain: ChainRule) -> int:
    """At first, look at the last word: in the sentence of the start it is " Paris"."""
    return max(0, len(chain.ids) - 2)


def _look_at(index: int) -> None:
    """Chip 0 is what is given; the first scored token is chip 1."""
    st.session_state["lm_at"] = max(0, index - 1)


def _facts(chain: ChainRule) -> None:
    ui.facts(
        [
            ui.Fact(
                _("log₂ p(text)"),
                number(chain.log2_prob, 4),
                f"p = {charts.power(chain.log2_prob)}",
            ),
            ui.Fact(
                _("bits per token"),
                number(chain.bits_per_token),
                _("the model expected {bits}").format(bits=number(chain.mean_entropy)),
            ),
            ui.Fact(
                _("perplexity"),
                number(chain.perplexity),
                _("as uncertain as a fair choice among so many"),
            ),
            ui.Fact(
                _("bits per character"),
                number(chain.bits_per_character),
                _("{tokens} tokens, {characters} characters").format(
                    tokens=count(len(chain.ids)), characters=count(chain.characters)
                ),
            ),
        ]
    )


def _chips(held: scored.Scored) -> list[ui.Token]:
    chain = held.chain
    darkest = math.log2(chain.vocab_size)
    noted = len(chain.ids) <= _NOTED
    chips = [ui.Token(ui.readable(held.given), _("given, not scored"), muted=True)]
    size = count(chain.vocab_size)
    line = _("{n} bits · probability {p} · rank {rank} of {size}")
    for i, came, p, rank in zip(
        chain.ids,
        chain.surprisal.tolist(),
        chain.probs.tolist(),
        chain.ranks.tolist(),
        strict=True,
    ):
        chips.append(
            ui.Token(
                scored.token(i),
                line.format(n=number(came), p=probability(p), rank=count(rank), size=size),
                f"{came:.1f}" if noted else "",
                shade=min(1.0, came / darkest),
            )
        )
    return chips


def _place(chain: ChainRule, at: int, came: str) -> None:
    """The prediction at one place, and what came there."""
    ui.note(
        _("“{token}” cost {came}; {expected} were expected. Rank {rank}.").format(
            token=came,
            came=bits(float(chain.surprisal[at])),
            expected=bits(float(chain.entropy[at])),
            rank=count(int(chain.ranks[at])),
        )
    )
    labels = scored.labels_at(chain, at)
    most = 8
    ui.plot(
        charts.prediction(chain, at, labels, came, most=most),
        key="lm_next",
        alt=_(
            "The prediction before “{token}”: {first} {p} likeliest; what came had {came}, "
            "rank {rank}."
        ).format(
            token=came,
            first=labels[0],
            p=probability(float(chain.top_probs[at, 0])),
            came=probability(float(chain.probs[at])),
            rank=count(int(chain.ranks[at])),
        ),
        height=290,
    )


def _alt(chain: ChainRule, words: list[str]) -> str:
    worst = int(chain.surprisal.argmax())
    return _(
        "Surprisal of each of {n} tokens beside the entropy of its prediction, and the running "
        "log-probability down to {log2} bits. The most surprising token is “{token}” with {bits}."
    ).format(
        n=len(words),
        log2=number(chain.log2_prob, 4),
        token=words[worst],
        bits=bits(float(chain.surprisal[worst])),
    )


def _formula(chain: ChainRule) -> str:
    """The sum with its numbers in it; a long one with its middle left out."""
    terms = [f"-{came:.2f}" for came in chain.surprisal.tolist()]
    if len(terms) > 7:
        terms = [*terms[:4], r"-\dots", *terms[-2:]]
    body = "".join(terms)
    total = number(chain.log2_prob, 4).replace("−", "-")
    return rf"\log_2 p(x_1 \dots x_T) = \sum_{{t}} \log_2 p(x_t \mid x_{{<t}}) = {body} = {total}"


def table() -> str:
    """The tokens with their numbers, as CSV."""
    held = scored.score(ui.get("lm_text", texts.FACT), ui.get("lm_first", scored.SEPARATOR))
    rows = []
    if held is not None:
        chain = held.chain
        rows = list(
            zip(
                range(1, len(chain.ids) + 1),
                chain.ids,
                [ui.plain(ui.readable(data)) for data in held.pieces],
                chain.probs.tolist(),
                chain.surprisal.tolist(),
                chain.entropy.tolist(),
                chain.ranks.tolist(),
                chain.log2_probs.tolist(),
                strict=True,
            )
        )
    head = ("place", "id", "token", "p", "surprisal_bits", "entropy_bits", "rank", "log2_p_so_far")
    return texts.csv_of(head, rows)


def predictions() -> str:
    """The likeliest tokens at every place, as CSV."""
    held = scored.score(ui.get("lm_text", texts.FACT), ui.get("lm_first", scored.SEPARATOR))
    rows: list[tuple[object, ...]] = []
    if held is not None:
        chain = held.chain
        for at, (ids, probs) in enumerate(
            zip(chain.top_ids.tolist(), chain.top_probs.tolist(), strict=True)
        ):
            rows += [
                (at + 1, rank, i, ui.plain(scored.token(i)), p)
                for rank, (i, p) in enumerate(zip(ids, probs, strict=True), start=1)
            ]
    return texts.csv_of(("place", "rank", "id", "token", "p"), rows)
