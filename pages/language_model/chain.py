"""The chain rule, token by token, and the prediction at one position."""

from __future__ import annotations

import math

import ui
from charts import language_model as charts
from charts.format import count, number, probability
from charts.language_model import bits
from core import information
from core.text_scoring import ChainRule, PredictionRow, prediction_rows
from pages.language_model import controls, scored
from ui import _, models


def draw() -> None:
    """Draw the surprisal along the text, the prediction at the position, and the totals."""
    found = scored.current()
    chain = found.chain
    with ui.figure():
        position = controls.position.draw(len(chain.ids))
        _surprisal(chain, position)
    with ui.second_figure():
        _step(found, position)
        _prediction(chain, position)
    if found.notice:
        ui.sentence(found.notice)
    ui.tokens(
        [ui.Token(models.token(found.first), found.role, muted=True), *scored.chips(chain)],
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
            "or press the arrow keys. The first chip, “{first}”, {role}."
        ).format(
            most=number(math.log2(chain.vocab_size), 3),
            size=count(chain.vocab_size),
            first=scored.label(found.first),
            role=found.role,
        )
    )
    ui.model_card()


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


def _step(found: scored.Scored, position: int) -> None:
    """What the model does at this position, with its numbers."""
    chain = found.chain
    p, surprisal, entropy, total = (
        float(values[position])
        for values in (chain.probs, chain.surprisal, chain.entropy, chain.log2_probs)
    )
    ui.note(
        _(
            "Token {n} of {all}: after “{context}”, the model gives “{token}” a probability of {p} "
            "(rank {rank}). Its surprisal is −log₂ {p} = {surprisal}; the entropy, the expected "
            "surprisal, is {entropy}. The sum of log₂ p so far is {total}."
        ).format(
            n=position + 1,
            all=len(chain.ids),
            context=scored.ending(found.context(position)),
            token=scored.label(chain.ids[position]),
            p=number(p, 4),
            rank=count(int(chain.ranks[position])),
            surprisal=bits(surprisal),
            entropy=bits(entropy),
            total=number(total, 4),
        ),
        keep=True,
    )


def _prediction(chain: ChainRule, position: int) -> None:
    """The distribution predicted for one position, the token that stands there, a bar's numbers."""
    rows = prediction_rows(chain, position, controls.SHOWN_TOKENS)
    names = [
        scored.label(row.id) if row.id is not None else _("{n} others").format(n=count(row.tokens))
        for row in rows
    ]
    selected = min(controls.row.value, len(rows) - 1)
    ui.plot(
        charts.prediction(chain, position, rows, names, selected),
        key="lm_next",
        alt=_(
            "The prediction for position {place}: “{top}” is most likely with {p}; the actual "
            "token “{token}” has {actual}, rank {rank}."
        ).format(
            place=position + 1,
            top=names[0],
            p=probability(rows[0].prob),
            token=scored.label(chain.ids[position]),
            actual=probability(float(chain.probs[position])),
            rank=count(int(chain.ranks[position])),
        ),
        height=380,
        on_click=lambda mark: controls.row.set(round(mark["y"])),
    )
    ui.note(_entropy_of(rows[selected], names[selected], float(chain.entropy[position])))


def _entropy_of(row: PredictionRow, name: str, entropy: float) -> str:
    """How much of the prediction's entropy the selected bar makes."""
    if row.id is None:
        text = _("{name}, together {p}: their terms of the entropy add up to {part} of {entropy}.")
    else:
        text = _(
            "“{name}”: its term of the entropy is p·(−log₂ p) = {p} × {surprisal} = {part} of "
            "{entropy}."
        )
    surprisal = float(information.self_information(row.prob))
    return text.format(
        name=name,
        p=number(row.prob, 4) if row.id is not None else probability(row.prob),
        surprisal=number(surprisal),
        part=number(row.entropy),
        entropy=bits(entropy),
    )


def _facts(chain: ChainRule) -> None:
    entropy = _("mean entropy {n}").format(n=bits(chain.mean_entropy))
    lengths = _("{tokens} tokens, {characters} characters").format(
        tokens=count(len(chain.ids)), characters=count(chain.characters)
    )
    power = charts.power_of_two(chain.log2_prob)
    ui.facts(
        [
            ui.Fact(
                _("log₂ p(text)"),
                number(chain.log2_prob, 4),
                f"p = {power}",
                help=_(
                    "The sum of log₂ p of all tokens. Without its minus sign it is the text's "
                    "information in bits."
                ),
            ),
            ui.Fact(
                _("bits per token"),
                number(chain.bits_per_token),
                entropy,
                help=_(
                    "The mean surprisal of the text's tokens. The mean entropy is its expected "
                    "value under the model's own predictions."
                ),
            ),
            ui.Fact(
                _("perplexity"),
                number(chain.perplexity),
                _("equally likely tokens"),
                help=_(
                    "2 to the power of the bits per token: guessing among this many equally likely "
                    "tokens would cost as many bits."
                ),
            ),
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
