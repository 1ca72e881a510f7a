"""A text that is being written: token by token, in slices between other visitors' work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

import ui
from charts.sampling import shown_ids
from core.sampling import SamplingParams, SamplingTrace, draw, sampling_trace
from pages.sampling_parts.source import Source
from ui import _, models

CHOICES = 10  # what else stood at a place, at most
SLICE_S = 0.1  # after so long the others in the queue have their turn


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the text: the token taken, and what else stood there.

    Attributes:
        token: the id that was taken.
        choices: ids that could have been, the likeliest first; the one taken is among them.
        raw: their probabilities as the model has them.
        final: after the filters; 0 where removed.
        finished: why the text ends here ("stop", "length", "context"), or None.
        by_hand: whether the visitor took it.
    """

    token: int
    choices: tuple[int, ...]
    raw: tuple[float, ...]
    final: tuple[float, ...]
    finished: str | None = None
    by_hand: bool = False

    @property
    def prob(self) -> float:
        """Probability of the token taken, after the filters."""
        return self.final[self.choices.index(self.token)]

    @property
    def raw_prob(self) -> float:
        """Its probability as the model has it."""
        return self.raw[self.choices.index(self.token)]


@dataclass(frozen=True, slots=True)
class Text:
    """What one visitor writes: where it started, what was kept, and the run that goes on."""

    source: Source
    params: SamplingParams
    kept: tuple[Place, ...]
    run: ui.Run

    @property
    def places(self) -> list[Place]:
        """All places written so far."""
        return [*self.kept, *(place for frame in list(self.run.frames) for place in frame)]

    def taking(self, index: int, choice: int) -> Text:
        """The text up to a place, another of its choices taken there by hand; writing goes on."""
        self.run.pause()
        places = self.places
        old = places[index]
        hand = replace(old, token=old.choices[choice], finished=None, by_hand=True)
        return begin(self.source, self.params, (*places[:index], hand))

    def ending(self) -> str:
        """Why the text ends where it does, in words; "" while it goes on."""
        if self.run.running:
            return ""
        places = self.places
        finished = places[-1].finished if places else None
        return {
            "stop": _("The model ended its text."),
            "length": _("Max tokens reached."),
            "context": _("The model's context is full."),
            None: _("Stopped.") if places else "",
        }[finished]


def begin(source: Source, params: SamplingParams, kept: tuple[Place, ...] = ()) -> Text:
    """Start to write after a source's context and the places kept from an earlier text."""
    params = replace(params, num_beams=1)
    written = [place.token for place in kept]

    def make() -> Iterator[Place]:
        return _places(source, params, written)

    # The model is one for all, so its texts queue with everybody's passes; a table is nobody's.
    worker = models.worker() if source.kind == "model" else ui.runs.run_worker()
    run = ui.Run(make, _slice, params.max_tokens, worker)
    run.start()
    return Text(source, params, kept, run)


def _slice(places: Iterator[Place]) -> list[Place] | None:
    """As many places as a slice has time for; None when the text has ended."""
    end = time.monotonic() + SLICE_S
    done: list[Place] = []
    for place in places:
        done.append(place)
        if time.monotonic() > end:
            break
    return done or None


def _places(source: Source, params: SamplingParams, written: list[int]) -> Iterator[Place]:
    left = params.max_tokens - len(written)
    if left < 1:
        return
    generator = torch.Generator().manual_seed(params.seed)
    for _token in written:  # so that each place has the same random number whatever stands before
        torch.rand(1, generator=generator, dtype=torch.float64)
    if source.kind == "table":
        yield from _from_table(source, params, written, left, generator)
        return
    steps = models.language_model().generate(
        [*source.ids, *written], replace(params, max_tokens=left), generator
    )
    for step in steps:
        yield _place(step.trace, step.token_id, step.finished)


def _from_table(
    source: Source, params: SamplingParams, written: list[int], left: int, rng: torch.Generator
) -> Iterator[Place]:
    """The table says the same at every place; only the penalties look at what came before."""
    context = [*source.ids, *written]
    for index in range(left):
        trace = sampling_trace(source.logits, params, context, source.order)
        token = int(draw(trace.probs, rng))
        context.append(token)
        yield _place(trace, token, "length" if index + 1 == left else None)


def _place(trace: SamplingTrace, token: int, finished: str | None) -> Place:
    ids = shown_ids(trace, CHOICES)
    if token not in ids:
        ids[-1] = token
    raw, final = trace.raw_probs[ids].tolist(), trace.probs[ids].tolist()
    return Place(token, tuple(ids), tuple(raw), tuple(final), finished)
