"""Texts that are being written token by token, in turns with other visitors' work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import streamlit as st
import torch

import ui
from charts.sampling import shares, shown_ids
from charts.surprisal import surprisal, surprisal_shade
from core.lm import Generation, read_together
from core.sampling import SamplingParams, SamplingTrace, draw
from pages.sampling import controls
from pages.sampling.source import Source, current_source
from ui import _, models

CHOICES = 10  # alternatives recorded at each position, at most


@dataclass(frozen=True, slots=True)
class Position:
    """One position of the text: the alternatives there, and which was taken.

    Attributes:
        choices: Token ids, the most likely first.
        raw: Their probabilities before the filters.
        final: Their probabilities after the filters; 0 where removed.
        taken: Index of the one that was taken.
        finished: Why the text ends here ("stop", "length", "context"), or None.
        by_hand: Whether the visitor chose it.
    """

    choices: tuple[int, ...]
    raw: tuple[float, ...]
    final: tuple[float, ...]
    taken: int
    finished: str | None = None
    by_hand: bool = False

    @property
    def token(self) -> int:
        """Id of the token taken."""
        return self.choices[self.taken]

    @property
    def shares(self) -> tuple[float, float]:
        """Its probability before and after the filters."""
        return self.raw[self.taken], self.final[self.taken]

    @property
    def words(self) -> tuple[str, str]:
        """The same in per cent."""
        return shares(self.raw)[self.taken], shares(self.final)[self.taken]


@dataclass(frozen=True, slots=True)
class Writing:
    """A text: its source and settings, the positions kept, and the run that adds more."""

    source: Source
    params: SamplingParams
    kept: tuple[Position, ...]
    run: ui.Run

    @property
    def positions(self) -> list[Position]:
        """All positions written so far."""
        return [*self.kept, *self.run.frames]

    def replaced(self, index: int, choice: int) -> Writing:
        """Return a text that continues with another of the choices at a position."""
        self.run.pause()
        positions = self.positions
        chosen = replace(positions[index], taken=choice, finished=None, by_hand=True)
        return begin(self.source, self.params, (*positions[:index], chosen))

    def ending(self) -> str:
        """Return why the text ends where it does, in words; "" while it goes on."""
        positions = self.positions
        if self.run.running or not positions:
            return ""
        return {
            "stop": _("The model ended the text."),
            "length": _("Max tokens reached."),
            "context": _("The model's context is full."),
            None: _("Stopped."),
        }[positions[-1].finished]

    def used(self) -> str:
        """Return the settings that the text was written with; the sliders may have moved since."""
        usual = SamplingParams()
        rest = (*controls.MAIN[1:], *controls.FURTHER)
        active = (f for f in rest if getattr(self.params, f) != getattr(usual, f))
        fields = [controls.MAIN[0], *active, "seed"]
        values = [f"{controls.name(f)} {getattr(self.params, f):g}" for f in fields]
        if self.params.order != usual.order:
            values.append(" → ".join(map(controls.stage_name, self.params.active_stages())))
        return _("Written with {settings}.").format(settings=", ".join(values))

    def chips(self) -> list[ui.Token]:
        """Return the written tokens, colored by surprisal."""
        column = list(controls.chip_color.names).index(controls.chip_color.value)
        return [self._chip(position, column) for position in self.positions]

    def _chip(self, position: Position, column: int) -> ui.Token:
        raw, final = position.words
        title = _("{raw} before the filters, {final} after them").format(raw=raw, final=final)
        by_hand = _("chosen by hand")
        return ui.Token(
            self.source.token(position.token),
            title=f"{title}, {by_hand}" if position.by_hand else title,
            note=f"{position.words[column]} · {by_hand}"
            if position.by_hand
            else position.words[column],
            shade=surprisal_shade(surprisal(position.shares[column]), self.source.logits.numel()),
        )


def watched(name: str) -> list[Writing]:
    """Return the visitor's texts under a name, and keep those going that are not finished."""
    texts: list[Writing] = st.session_state.get(name, [])
    for text in texts:
        if text.run.running:
            text.run.start()  # back into the queue, in case that was full
        text.run.look()
    ui.ticker(any(text.run.busy for text in texts), key=f"{name}_tick", interval_ms=120)
    return texts


def write_button(name: str, label: str, settings: Callable[[], Sequence[SamplingParams]]) -> None:
    """Draw the button that writes one text for each setting, or the one that stops them."""
    texts: list[Writing] = st.session_state.get(name, [])

    def stop() -> None:
        for text in texts:
            text.run.pause()

    def write() -> None:
        stop()
        with suppress(ui.Notice):  # the view says it
            source = current_source()
            st.session_state[name] = [begin(source, params) for params in settings()]

    if any(text.run.running for text in texts):
        st.button(_("Stop"), key=f"{name}_stop", on_click=stop, icon=":material/stop:")
    else:
        icon = ":material/edit:"
        st.button(label, key=f"{name}_write", on_click=write, icon=icon, type="primary")


def begin(source: Source, params: SamplingParams, kept: tuple[Position, ...] = ()) -> Writing:
    """Start to write after a source's context and the positions kept from an earlier text."""
    written = [position.token for position in kept]

    left = params.max_tokens - len(written)
    generator = torch.Generator().manual_seed(params.seed)
    for _token in written:  # so that a position has the same random number whatever precedes it
        torch.rand(1, generator=generator, dtype=torch.float64)
    context = (*source.ids, *written)

    def generation() -> Generation:
        rest = replace(params, max_tokens=left)
        return Generation(models.language_model(), context, rest, generator)

    def advance(text: Generation) -> Position | None:
        step = text.advance()
        return None if step is None else _position(step.trace, step.token_id, step.finished)

    if source.kind == "model" and left > 0:
        # All visitors share the model: their texts are read in one pass, in turns with other pages.
        run = ui.Run(
            generation,
            advance,
            params.max_tokens,
            models.worker(),
            together=ui.runs.Together(read_together, context),
        )
    else:
        run = ui.Run(
            lambda: _from_table(source, params, context, left, generator),
            lambda positions: next(positions, None),
            params.max_tokens,
            ui.runs.run_worker(),
        )
    run.start()
    return Writing(source, params, kept, run)


def _from_table(
    source: Source,
    params: SamplingParams,
    context: tuple[int, ...],
    left: int,
    generator: torch.Generator,
) -> Iterator[Position]:
    """Draw from the same table at every position; only the penalties depend on the text so far."""
    for index in range(left):
        trace = replace(source, ids=context).trace(params)
        token = int(draw(trace.probs, generator))
        context = (*context, token)
        yield _position(trace, token, "length" if index + 1 == left else None)


def _position(trace: SamplingTrace, token: int, finished: str | None) -> Position:
    ids = shown_ids(trace, CHOICES)
    if token not in ids:
        ids[-1] = token
    raw, final = trace.raw_probs[ids].tolist(), trace.probs[ids].tolist()
    return Position(tuple(ids), tuple(raw), tuple(final), ids.index(token), finished)
