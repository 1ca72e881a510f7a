"""A real model: its residual stream around every RMSNorm, and predictions without one of them."""

from __future__ import annotations

from functools import lru_cache

from torch import Tensor

import ui
from charts import normalization as charts
from charts.format import number, probability
from core.normalization.left_out import LeftOut, NormsOfModel, leave_out, norms_of_model
from pages.normalization import controls
from ui import _, models


def read(ids: tuple[int, ...]) -> NormsOfModel:
    """Return the root mean squares of a text, computed on the worker."""
    model = models.language_model()
    return models.compute(("norm_stream", ids), lambda: norms_of_model(model, list(ids)))


def current_ids() -> tuple[tuple[int, ...], str]:
    """Return the text's tokens, and a sentence if it was truncated."""
    ids, cut = models.encode_limited(controls.text.value, controls.LONGEST_MODEL_TEXT, "last")
    return tuple(ids), cut


def run() -> ui.Run:
    """Return the run that leaves out one norm after another."""
    ids, _cut = current_ids()
    model = models.language_model()

    def advance(state: list[int]) -> LeftOut | None:
        if not ids or state[0] > 2 * model.config.num_layers:
            return None
        state[0] += 1
        return leave_out(model, ids, state[0] - 1, full(ids))

    # The worker of the language model, so that its passes and those of other pages take turns.
    return ui.run_of("norm_run", ids, lambda: [0], advance, worker=models.worker())


@lru_cache(maxsize=16)
def full(ids: tuple[int, ...]) -> Tensor:
    """Return the logits of the full model after a text; called on the worker's thread."""
    return models.language_model().next_logits(list(ids))


def left_out(ids: tuple[int, ...], norm: int) -> LeftOut:
    """Return the prediction without one norm: from the run if it has come so far."""
    frames = run().frames
    if norm < len(frames):
        return frames[norm]
    model = models.language_model()
    work = lambda: leave_out(model, list(ids), norm, full(ids))  # noqa: E731
    return models.compute(("norm_left_out", ids, norm), work)


def buttons() -> None:
    """Draw the buttons of the run."""
    ui.run_controls(run(), key="norm_run", start_label=_("Leave out each norm in turn"))


def draw() -> None:
    """Draw the residual stream, then both predictions."""
    ids, cut = current_ids()
    if cut:
        ui.sentence(cut)
    if not ids:
        ui.note(_("Type a text. The figure shows the residual stream of its tokens."), keep=True)
        return
    found = read(ids)
    norm, token = controls.norm.value, min(controls.model_token.value, len(ids)) - 1
    one = left_out(ids, norm)
    kl = {frame.norm: frame.kl for frame in run().frames} | {norm: one.kl}
    labels = [label(i) for i in one.token_ids.tolist()]
    with ui.figure():
        ui.plot(
            charts.stream(found, token, norm, kl),
            key="norm_stream",
            alt=_("Root mean square of the chosen token: {low} to {high} before the norms.").format(
                low=number(float(found.before[:, token].min()), 2),
                high=number(float(found.before[:, token].max()), 2),
            ),
            height=400,
            on_click=lambda mark: controls.norm.set(round(2 * mark["x"])),
        )
    with ui.second_figure():
        ui.plot(
            charts.predictions(one, labels),
            key="norm_predictions",
            alt=_("The most likely next tokens with and without the chosen norm."),
            height=400,
        )
    ui.note(_sentence(one, labels), keep=True)
    before, after = float(found.before[norm, token]), float(found.after[norm, token])
    ui.facts(
        [
            ui.Fact(
                _("root mean square before"),
                number(before),
                _("of {token}").format(token=label(ids[token])),
            ),
            ui.Fact(
                _("after the division"),
                number(float(found.normalized[norm, token])),
                _("1 up to ε"),
            ),
            ui.Fact(_("after the gain"), number(after), _("the input of the next step")),
            ui.Fact(
                _("KL without this norm"),
                _("{n} bits").format(n=number(one.kl)),
                help=_(
                    "KL divergence of the full model's next-token distribution from the one "
                    "without the norm."
                ),
            ),
        ]
    )
    _tokens(ids, token, found.before[norm].tolist())
    ui.note(
        _(
            "Leaving a norm out skips its division by the root mean square; the learned gain "
            "stays. Click a point to choose a norm. Very large values at the first token are known "
            "as massive activations (Sun et al. 2024)."
        )
    )
    ui.model_card()


def label(token: int) -> str:
    """Return a token as one string of visible characters."""
    return ui.plain(models.token(token))


def name_of(norm: int) -> str:
    """Return the name of a norm."""
    layers = models.language_model().config.num_layers
    if norm == 2 * layers:
        return _("the last norm")
    where = _("the norm before the FFN of layer {n}") if norm % 2 else None
    return (where or _("the norm before attention of layer {n}")).format(n=norm // 2)


def _sentence(one: LeftOut, labels: list[str]) -> str:
    """Return a sentence on what happens to the prediction."""
    best = int(one.without.argmax())
    values = {
        "norm": name_of(one.norm),
        "top": labels[0],
        "p": probability(float(one.full[0])),
        "q": probability(float(one.without[0])),
        "other": labels[best],
        "r": probability(float(one.without[best])),
    }
    if one.same_order:
        text = _(
            "Without {norm}, the six most likely tokens keep their order, but the probability of "
            "“{top}” changes from {p} to {q}."
        )
    elif best == 0:
        text = _("Without {norm}, “{top}” stays the most likely token: {p} becomes {q}.")
    else:
        text = _(
            "Without {norm}, the probability of “{top}” changes from {p} to {q}; the most likely "
            "token is then “{other}” with {r}."
        )
    return text.format(**values)


def _tokens(ids: tuple[int, ...], token: int, before: list[float]) -> None:
    ui.tokens(
        [
            ui.Token(
                models.token(i),
                _("root mean square {n} before the chosen norm").format(n=number(rms)),
                number(rms, 2),
            )
            for i, rms in zip(ids, before, strict=True)
        ],
        key="norm_tokens",
        label=_("The tokens, each with its root mean square before the chosen norm"),
        selected=token,
        on_click=lambda index: controls.model_token.set(index + 1),
    )


def table() -> ui.Table:
    """Return the root mean squares of every norm and token, and the KL divergences known."""
    ids, _cut = current_ids()
    head = [_("norm"), _("token"), _("before"), _("after the division"), _("after the gain")]
    if not ids:
        return head, []
    found = read(ids)
    columns = (found.before, found.normalized, found.after)
    return head, [
        (norm, token + 1, *(float(values[norm, token]) for values in columns))
        for norm in range(len(found.before))
        for token in range(len(ids))
    ]
