"""The language model on the held-out text, piece by piece: the line that n-grams have to beat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import ui
from core.text_scoring import chain_rule
from pages.ngrams import counted
from ui import _, models

PIECE = 256  # tokens scored at once


@dataclass(frozen=True, slots=True)
class Progress:
    """The language model after some pieces of the held-out text.

    Attributes:
        bits: -log₂ p of the pieces.
        characters: Characters in them.
        share: Share of the text's tokens scored, 0 … 1.
    """

    bits: float
    characters: int
    share: float

    @property
    def per_character(self) -> float:
        """Return the bits per character so far."""
        return self.bits / max(1, self.characters)


def _run() -> ui.Run:
    chosen = counted.which()
    text = "\n".join(counted.corpus().lines)
    signature = (chosen[0], chosen[2])  # The tokens of the n-grams do not matter to the model.
    return ui.run_of(
        "ng_model",
        signature,
        lambda: _scores(text),
        lambda scores: next(scores, None),
        worker=models.worker(),
    )


def _scores(text: str) -> Iterator[Progress]:
    model = models.language_model()
    ids = model.encode(text)
    bits, characters = 0.0, 0
    for at in range(0, len(ids), PIECE):
        piece = ids[at : at + PIECE]
        spelled = [model.token_bytes(i) for i in piece]
        chain = chain_rule(model.text_logits(piece), piece, top=1, token_bytes=spelled)
        bits, characters = bits + chain.bits, characters + chain.characters
        yield Progress(bits, characters, min(1.0, (at + PIECE) / len(ids)))


def buttons() -> None:
    """Draw the buttons that measure the language model."""
    ui.run_controls(_run(), key="ng_model", start_label=_("Measure the model"))


def progress() -> Progress | None:
    """Return the measurement so far; None before it is started."""
    frames = _run().frames
    return frames[-1] if frames else None
