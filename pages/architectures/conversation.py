"""A conversation, request by request: which tokens the KV cache saves, by architecture."""

from __future__ import annotations

from typing import Any

import ui
from charts import architectures as charts
from charts.format import probability
from core.architectures import CacheReuse
from pages.architectures import controls, talk
from pages.architectures.talk import Case
from ui import _, models

COLORS = (charts.REUSED, charts.AGAIN, charts.NEW)


def current() -> Case:
    """Return the case that the controls describe."""
    return talk.case(
        controls.system.value,
        controls.conversation.value,
        controls.template.value,
        controls.request.value,
        controls.edit.value,
    )


def longest() -> int:
    """Return the tokens of the longest request, so that the axis stays when the request changes."""
    last = talk.turns(controls.conversation.value)
    made = (controls.system.value, controls.conversation.value, controls.template.value)
    try:
        return max(len(talk.case(*made, turn).prompt) for turn in range(1, last + 1))
    except ui.Notice:  # a later request is too long
        return talk.MOST_TOKENS


def draw() -> None:
    """Draw what each architecture reuses, then every token of the request."""
    found = current()
    reuses = talk.reuses(found)
    reuse = reuses[controls.architecture.value]
    with ui.figure():
        ui.plot(
            charts.reuse_bars(reuses, found.history, talk.prefix(found).first_mismatch, longest()),
            key="arch_reuse_bars",
            alt=_("Tokens from the cache: {all}.").format(
                all=", ".join(
                    f"{name} {reuses[key].reused}"
                    for key, name in charts.architecture_names().items()
                )
            ),
            height=210,
            least_height=170,
            on_click=_choose,
        )
        _chips(found, reuse)
    ui.note(_sentence(found, reuse), keep=True)
    _facts(found, reuse)
    ui.model_card()


def _choose(mark: dict[str, Any]) -> None:
    """Color the tokens for the architecture whose bar was clicked."""
    controls.architecture.set(mark.get("data"))


def _chips(found: Case, reuse: CacheReuse) -> None:
    """Draw the request's tokens, colored by what happens to them."""
    reused, again, _new = charts.parts(reuse, found.history)
    names = charts.kind_names()
    items = []
    for place, token in enumerate(found.prompt):
        kind = (place >= reused) + (place >= reused + again)
        text = models.token(token)
        line_end = text == "\n"  # as a label it does not begin a new line
        items.append(
            ui.Token(
                "⏎" if line_end else text,
                _("token {n}: {kind}").format(n=place + 1, kind=names[kind]),
                color=COLORS[kind],
                label=line_end,
            )
        )
    ui.tokens(
        items,
        key="arch_reuse_tokens",
        label=_("The tokens of the request, colored as in the bar above"),
        selected=talk.prefix(found).first_mismatch,
        on_click=_change,
    )


def _change(place: int) -> None:
    """Change the clicked token; a second click restores it."""
    controls.edit.set(0 if controls.edit.value == place + 1 else place + 1)


def _sentence(found: Case, reuse: CacheReuse) -> str:
    """Say what is shared, where the first difference is, and why this architecture reuses that."""
    if not found.cached:
        return _("The first request finds an empty cache, so every token is computed.")
    compared = talk.prefix(found)
    if compared.first_mismatch is None:
        said = _("The request continues the {n} cached tokens without a change.").format(
            n=compared.cached
        )
    else:
        place = compared.first_mismatch
        said = _(
            "The first {n} tokens are the same. Then the cache has “{old}” and the request “{new}”."
        ).format(
            n=compared.shared,
            old=ui.plain(models.token(found.cached[place])),
            new=ui.plain(models.token(found.prompt[place])),
        )
    return f"{said} {_reasons()[reuse.architecture]}"


def _reasons() -> dict[str, str]:
    """Say what a token's keys and values depend on."""
    return {
        "decoder": _(
            "In a decoder, a token's keys and values depend on no later token, so those of the "
            "common beginning stay valid."
        ),
        "encoder": _(
            "In an encoder, every token attends to all others, so one more token changes the keys "
            "and values of all from the second layer on."
        ),
        "encoder-decoder": _(
            "The encoder reads the whole request, which has grown, so it computes every token "
            "again. The old answer's states belong to the decoder and are of no use to it."
        ),
        "prefix": _(
            "The tokens of a prefix attend to one another. The request is the prefix and has "
            "grown, so all of its tokens are computed again."
        ),
    }


def _facts(found: Case, reuse: CacheReuse) -> None:
    reused, again, new = charts.parts(reuse, found.history)
    history = found.history
    ui.facts(
        [
            ui.Fact(
                _("from the cache"),
                str(reused),
                _("of {n} cached tokens").format(n=len(found.cached)),
            ),
            ui.Fact(
                _("computed again"),
                str(again),
                _("{share} of the history").format(share=probability(again / history))
                if history
                else _("no history yet"),
                _(
                    "Tokens of earlier turns that the model has run before, but whose keys and "
                    "values are no longer valid."
                ),
            ),
            ui.Fact(_("new"), str(new), _("the end of the last turn, and the new question")),
            ui.Fact(
                _("then, per written token"),
                str(reuse.per_token),
                _("tokens run")
                if reuse.per_token == 1
                else _("tokens run: the whole text, with no cache"),
            ),
        ]
    )
