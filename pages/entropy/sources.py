"""Where p and q come from: dragged bars, the letters of two texts, or the model's next token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

import ui
from core import information
from pages.entropy import controls
from ui import _, models


@dataclass(frozen=True, slots=True)
class Pair:
    """p and q over all of their outcomes.

    Attributes:
        p, q: (N,) probabilities.
        name: The name of an outcome, by its index.
        notices: Sentences about what was left out of the prompts.
    """

    p: Tensor | Sequence[float]
    q: Tensor | Sequence[float]
    name: Callable[[int], str]
    notices: tuple[str, ...] = ()


def pair() -> Pair:
    """Return p and q as the controls stand."""
    source = controls.source.value
    if source == "letters":
        return _letters()
    if source == "model":
        return _tokens()
    bars = controls.bars[controls.count.value]
    p, q = bars.value
    return Pair(p, q, lambda i: bars.outcomes[i])


def _letters() -> Pair:
    texts = {_("Text of p"): controls.text_p.value, _("Text of q"): controls.text_q.value}
    for label, text in texts.items():
        if not any(character.isalpha() for character in text):
            raise ui.Notice(
                _("“{control}” contains no letter. Type at least one letter.").format(control=label)
            )
    found = information.letter_pair(*texts.values())
    return Pair(found.p, found.q, lambda i: found.letters[i])


def _tokens() -> Pair:
    model = models.language_model()
    prompts = {_("Prompt of p"): controls.prompt_p.value, _("Prompt of q"): controls.prompt_q.value}
    rows, notices = [], []
    for label, text in prompts.items():
        ids, notice = models.encode_limited(text, keep="last")
        if not ids:
            ids = [model.start_id]
            notice = _("The prompt is empty, so the first token of a text is predicted.")
        if notice:
            notices.append(f"{label}: {notice}")
        rows.append(information.from_logits(models.next_logits(tuple(ids))))
    p, q = rows
    return Pair(p, q, lambda i: ui.plain(model.token_text(i)), tuple(notices))
