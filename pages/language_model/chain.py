"""The chain rule, token by token, and the prediction at one position."""

from __future__ import annotations

import math

import ui
from charts import language_model as charts
from charts.format import count, number, probability
from charts.language_model import bits
from core.text_scoring import ChainRule
from pages.language_model import controls, scored
from ui import _

SHOWN_TOKENS = 8  # most likely tokens in the figure of the prediction


def draw() -> None:
    """Draw the surprisal along the text, the prediction at the position, and the totals."""
    found = scored.current()
    chain = found.chain
    with ui.figure():
        position = controls.position.draw(len(chain.ids))
        _surprisal(chain, position)
    with ui.second_figure():
        _prediction(chain, position)
    if found.notice:
        ui.sentence(found.notice)
    ui.tokens(
        [
            ui.Token(scored.token(found.start), _("given, not scored"), muted=True),
            *scored.chips(chain),
        ],
        key="lm_chips",
        label=_("The tokens of the text; a darker shade means a higher surprisal"),
        selected=position + 1,
        on_click=lambda chip: controls.position.set(chip - 1),
    )
    _facts(chain)
    ui.formula(_formula(chain))
    ui.note(
        _(
            "The number under each token is its surprisal in bits. The darkest shade is {most} "
            "bits, the surprisal of a uniform guess among {size} tokens. Click a token or a bar, "
            "or press the arrow keys."
        ).format(most=number(math.log2(chain.vocab_size), 3), size=count(chain.vocab_size))
    )


def _surprisal(chain: ChainRule, position: int) -> None:
    labels = [scored.label(i) for i in chain.ids]
    highest = int(chain.surprisal.argmax())
    ui.plot(
        charts.surprisal(chain, labels, position),
        key="lm_surprise",
        alt=_(
            "Surprisal of each of {n} tokens, the entropy of each prediction, and the running sum "
            "of log₂ p, which ends at {log2} bits. The token with the highest surprisal is "
            "“{token}” with {bits}."
        ).format(
            n=len(labels),
            log2=number(chain.log2_prob, 4),
            token=labels[highest],
            bits=bits(float(chain.surprisal[highest])),
        ),
        height=420,
        on_click=lambda mark: controls.position.set(round(mark["x"]) - 1),
    )


def _prediction(chain: ChainRule, position: int) -> None:
    """The distribution predicted for one position, and the token that stands there."""
    token = scored.label(chain.ids[position])
    surprisal, entropy, p = (
        float(values[position]) for values in (chain.surprisal, chain.entropy, chain.probs)
    )
    rank = count(int(chain.ranks[position]))
    ui.note(
        _(
            "“{token}” has a surprisal of {surprisal}; the prediction's entropy is {entropy}. "
            "Rank {rank}."
        ).format(token=token, surprisal=bits(surprisal), entropy=bits(entropy), rank=rank),
        keep=True,
    )
    labels = [scored.label(i) for i in chain.top_ids[position].tolist()]
    ui.plot(
        charts.prediction(chain, position, labels, token, most=SHOWN_TOKENS),
        key="lm_next",
        alt=_(
            "The prediction for position {place}: “{top}” is most likely with {p}; the actual "
            "token “{token}” has {actual}, rank {rank}."
        ).format(
            place=position + 1,
            top=labels[0],
            p=probability(float(chain.top_probs[position, 0])),
            token=token,
            actual=probability(p),
            rank=rank,
        ),
        height=400,
    )


def _facts(chain: ChainRule) -> None:
    entropy = _("mean entropy {n}").format(n=number(chain.mean_entropy))
    lengths = _("{tokens} tokens, {characters} characters").format(
        tokens=count(len(chain.ids)), characters=count(chain.characters)
    )
    power = charts.power_of_two(chain.log2_prob)
    ui.facts(
        [
            ui.Fact(_("log₂ p(text)"), number(chain.log2_prob, 4), f"p = {power}"),
            ui.Fact(_("bits per token"), number(chain.bits_per_token), entropy),
            ui.Fact(_("perplexity"), number(chain.perplexity), _("equally likely tokens")),
            ui.Fact(_("bits per character"), number(chain.bits_per_character), lengths),
        ]
    )


def _formula(chain: ChainRule) -> str:
    """The sum with its numbers on two lines; the middle of a long one is left out."""
    terms = [f"-{surprisal:.2f}" for surprisal in chain.surprisal.tolist()]
    if len(terms) > 7:
        terms = [*terms[:4], r"-\dots", *terms[-2:]]
    body = "".join(terms)
    total = number(chain.log2_prob, 4).replace("−", "-")
    rule = r"\log_2 p(x_1 \dots x_T) &= \sum_{t} \log_2 p(x_t \mid x_{<t})"
    return rf"\begin{{aligned}} {rule} \\ &= {body} = {total} \end{{aligned}}"
