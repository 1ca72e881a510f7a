"""Mistakes that people make with shapes, each shown by running it."""

from __future__ import annotations

import torch
from torch import Tensor

import ui
from charts.format import count, number, probability
from core.shapes import KNOWN_MODELS, block_shapes, growth, parameter_count
from ui import _

HEADS = torch.tensor([[1.0, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]])  # T = 3, H · D = 2 · 2
SCORES = torch.tensor([[2.0, 1.0, 0.0], [0.0, 2.0, 1.0], [1.0, 0.0, 2.0]])
TARGETS, GUESSES = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([[1.0], [2.0], [3.0]])


def pitfalls() -> list[ui.Pitfall]:
    """Return the page's pitfalls."""
    return [
        ui.Pitfall(
            _("Reshaping where a transpose is needed"),
            _(
                "The channels of a token are split into heads: (T, H · D) is viewed as (T, H, D) "
                "and transposed to (H, T, D). A direct reshape to (H, T, D) has the same shape, "
                "but it mixes the channels of different tokens and heads."
            ),
            _reshaped,
        ),
        ui.Pitfall(
            _("A difference that broadcasts"),
            _(
                "Predictions of shape (3, 1) minus targets of shape (3) have shape (3, 3): every "
                "prediction meets every target. The mean square is a number as usual, and a "
                "perfect prediction has a loss above 0."
            ),
            _broadcast,
        ),
        ui.Pitfall(
            _("Softmax over the wrong axis"),
            _(
                "The weights of a query must sum to 1 over the keys S, the last axis. Over the "
                "queries T the shape is the same if T = S, and nothing reports the mistake."
            ),
            _wrong_axis,
        ),
        ui.Pitfall(
            _("Counting a shared matrix twice"),
            _(
                "In SmolLM2 and GPT-2 the output matrix is the embedding itself, so it counts "
                "once. In Llama 3 8B the two are separate. The shape of the logits is the same."
            ),
            _tied,
        ),
        ui.Pitfall(
            _("2 FLOPs per parameter and token, whatever the length"),
            _(
                "The rule counts the weight matrices only. The scores and the weighted values have "
                "no parameters, and their FLOPs per token grow with T."
            ),
            _two_per_parameter,
        ),
    ]


def _row(values: Tensor) -> str:
    return ", ".join(f"{value:g}" for value in values.tolist())


def _reshaped() -> None:
    """Show the first head's rows, split in both ways."""
    T, H, D = 3, 2, 2
    right, wrong = HEADS.view(T, H, D).transpose(0, 1), HEADS.reshape(H, T, D)
    rows = [
        (_("token {n}").format(n=t + 1), _row(HEADS[t]), _row(right[0, t]), _row(wrong[0, t]))
        for t in range(T)
    ]
    ui.table(("", _("channels"), _("head 1, transposed"), _("head 1, reshaped (wrong)")), rows)


def _broadcast() -> None:
    """Show the loss of a perfect prediction with and without the extra axis."""
    rows = []
    for name, guesses in (("(3, 1) − (3)", GUESSES), ("(3) − (3)", GUESSES[:, 0])):
        difference = guesses - TARGETS
        loss = float(difference.square().mean())
        rows.append((name, str(tuple(difference.shape)), number(loss)))
    head = (_("shapes"), _("shape of the difference"), _("mean square"))
    ui.table(head, rows, numbers=(2,))


def _wrong_axis() -> None:
    """Show the sums of each query's weights."""
    rows = []
    for name, axis in ((_("over the keys S"), 1), (_("over the queries T (wrong)"), 0)):
        hidden = torch.ones_like(SCORES).triu(1).bool()
        totals = SCORES.masked_fill(hidden, -torch.inf).softmax(axis).sum(1)
        rows.append((name, ", ".join(number(total) for total in totals.tolist())))
    ui.table((_("softmax"), _("sum of the weights of each query, causal mask")), rows)


def _tied() -> None:
    """Show the parameters with the output matrix counted once and twice."""
    rows = []
    for name in ("SmolLM2-135M", "GPT-2", "Llama-3-8B"):
        shape = KNOWN_MODELS[name]
        found = parameter_count(shape)
        rows.append(
            (
                name,
                _("shared") if shape.tied else _("separate"),
                count(found.total),
                count(found.total + found.by_part["embedding"]) if shape.tied else "—",
            )
        )
    head = (_("model"), _("output matrix"), _("parameters"), _("counted twice"))
    ui.table(head, rows, numbers=(2, 3))


def _two_per_parameter() -> None:
    """Show a block's FLOPs per token beside the rule, for several lengths."""
    shape = KNOWN_MODELS["SmolLM2-135M"]
    weights = sum(tensor.parameters for tensor in block_shapes(shape, 1, 1) if tensor.flops)
    rows = []
    for length in (128, 1024, 8192):
        found = growth(shape, [length])
        real = (found.square[0] + found.projections[0] + found.ffn[0]) / length
        rows.append(
            (count(length), count(2 * weights), count(round(real)),
             probability(real / (2 * weights) - 1))
        )  # fmt: skip
    head = (
        _("tokens T"), _("2 × parameters of a block"), _("FLOPs per token"), _("more than the rule")
    )  # fmt: skip
    ui.table(head, rows, numbers=(0, 1, 2, 3))
