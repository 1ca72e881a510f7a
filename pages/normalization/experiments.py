"""Experiments of the normalization page, most of them with a question to answer first."""

from __future__ import annotations

import math

import ui
from charts.format import number, probability
from pages.normalization import axes, controls, gradients, model, vector
from ui import _

FROM, TO = 2, 32  # layers of the question on depth
SHIFT = 10.0
BIG = 10**6  # becomes the model's last norm


def experiments() -> list[ui.Experiment]:
    """Return the page's experiments."""
    return [
        ui.Experiment(
            _("Mask the padding"),
            _(
                "With the padding masked, BatchNorm's mean still depends on the real tokens of the "
                "other sentences. Drag the length of sentence 1."
            ),
            ui.state("axes", masked=True, length=controls.LONGEST),
            ui.Question(
                _(
                    "BatchNorm's padding is masked. Sentence 1 grows from 1 token to 6. The mean "
                    "that normalizes the framed value of sentence 2 …"
                ),
                [
                    _("changes, because the new tokens count"),
                    _("stays, because padding no longer counts"),
                ],
                _masked,
                ui.state("axes", masked=True, length=1),
            ),
        ),
        ui.Experiment(
            _("Shift a vector"),
            _("LayerNorm subtracts the mean and with it every shift. RMSNorm does not."),
            ui.state("vector", shift=SHIFT),
            ui.Question(
                _("You add 10 to every value of (1, 2, 3, 4). After the norm …"),
                [
                    _("LayerNorm and RMSNorm give what they gave before"),
                    _("only LayerNorm gives what it gave before"),
                    _("both outputs change"),
                ],
                _shifted,
                ui.state("vector"),
            ),
        ),
        ui.Experiment(
            _("Leave out the last norm"),
            _(
                "The last norm divides the final hidden state by one number. Without the division "
                "all logits are multiplied by it: the order of the tokens stays, and the "
                "distribution becomes sharper, as at a low temperature."
            ),
            ui.state("model", norm=BIG),
            ui.Question(
                _(
                    "The division of the last RMSNorm is left out. After “The capital of France "
                    "is”, the most likely token …"
                ),
                [
                    _("becomes another one"),
                    _("stays, with a higher probability"),
                    _("stays, with a lower probability"),
                ],
                _last_norm,
                ui.state("model"),
            ),
        ),
        ui.Experiment(
            _("Make the stack deeper"),
            _(
                "Post-LN's last gradient does not shrink with depth; pre-LN's shrinks as 1/√L. "
                "Their ratio grows as √L, as the theory says."
            ),
            ui.state("gradients", depth=str(TO)),
            ui.Question(
                _(
                    "The stack grows from 2 layers to 32. In the last layer, the ratio of "
                    "post-LN's gradient to pre-LN's …"
                ),
                [
                    _("stays about the same"),
                    _("becomes about 4 times as large"),
                    _("becomes about 16 times as large"),
                ],
                _deeper,
                ui.state("gradients", depth=str(FROM)),
            ),
        ),
        ui.Experiment(
            _("Train without warm-up"),
            _(
                "Press Train. At a learning rate of 0.003, post-LN without warm-up does not learn "
                "more than the frequencies of characters; the other three do."
            ),
            ui.state("training"),
        ),
    ]


def _masked() -> tuple[int, str]:
    """Compare the masked mean at both lengths of sentence 1."""
    _batch, index = axes.current()
    values = axes.means(controls.batch_seed.value, index).masked
    first, last = float(values[0]), float(values[-1])
    text = _(
        "The mean goes from {first} to {last}. Masking removes the zeros of the padding, but the "
        "real tokens of sentence 1 are still averaged with those of sentence 2."
    )
    return int(first == last), text.format(first=number(first), last=number(last))


def _shifted() -> tuple[int, str]:
    """Compare the outputs with those of the vector as it was typed."""
    found, typed = vector.current(), vector.current(0.0, 1.0)
    layer, rms = (
        float((getattr(found, name).output - getattr(typed, name).output).abs().max())
        for name in ("layer", "rms")
    )
    small = 1e-3
    text = _(
        "The outputs change by {layer} at most (LayerNorm) and {rms} (RMSNorm): LayerNorm "
        "subtracts the mean, RMSNorm only divides."
    )
    right = 0 if max(layer, rms) < small else 1 if layer < small else 2
    return right, text.format(layer=number(round(layer, 6), 2), rms=number(rms, 2))


def _last_norm() -> tuple[int, str]:
    """Compare the most likely token with and without the last norm."""
    ids, _cut = model.current_ids()
    one = model.left_out(ids, controls.norm.value)
    before, after = float(one.full[0]), float(one.without[0])
    text = _(
        "The probability of “{token}” goes from {before} to {after}. The division by {rms} is the "
        "same for all logits of a token, so it acts like a temperature."
    )
    rms = float(model.read(ids).before[one.norm, -1])
    right = 0 if int(one.without.argmax()) else 1 if after > before else 2
    return right, text.format(
        token=model.label(int(one.token_ids[0])),
        before=probability(before),
        after=probability(after),
        rms=number(rms),
    )


def _deeper() -> tuple[int, str]:
    """Compare the growth of the ratio with 1, 4 and 16, on a logarithmic scale."""
    found = gradients.ratios(controls.stack_seed.value)
    first, last = (float(found.ratio[found.depths.index(n)]) for n in (FROM, TO))
    factor = last / first
    distances = [abs(math.log(factor / candidate)) for candidate in (1, 4, 16)]
    text = _(
        "The ratio goes from {first} to {last}, that is × {factor}; √(32/2) = 4. Post-LN's last "
        "gradient keeps its size, pre-LN's shrinks."
    )
    return distances.index(min(distances)), text.format(
        first=number(first), last=number(last), factor=number(factor)
    )
