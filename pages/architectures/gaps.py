"""Filling gaps: the small encoder reads both sides, its causal twin only the left."""

from __future__ import annotations

import charts.architectures as charts
import ui
from charts.format import number, probability
from core.architectures.twins import GappedText, Guesses
from pages.architectures import controls
from pages.architectures.material import record
from pages.architectures.models import gaps_of, guesses, read, twins
from ui import _

TOP = 4  # candidates of each network


def draw() -> None:
    """Draw the text with its gaps and the candidates for the chosen gap."""
    text = read(controls.gap_text.value)
    gaps = gaps_of(text)
    with ui.figure():
        if len(text.ids) > 1:
            _text(text, gaps)
        if not gaps:
            ui.note(_("Type “_” for a gap, or click a word to hide it."), keep=True)
            return
        found = guesses(text, gaps)
        at = min(controls.gap.value, len(gaps)) - 1
        ids = _candidates(found, at)
        words = [twins().token_text(i) for i in ids]
        first, second = found.encoder[at], found.causal[at]
        ui.plot(
            charts.candidates(words, first[ids].tolist(), second[ids].tolist()),
            key="arch_candidates",
            alt=_sentence(text, found, at),
            height=330,
        )
    ui.note(_sentence(text, found, at), keep=True)
    ui.facts(_facts(text, found, at))
    training = record()
    ui.note(
        _(
            "Both networks have {n} parameters and were trained by this project for {steps} "
            "updates on {tokens} tokens of the English Bible of 1611, so type texts in its style. "
            "In an earlier gap the causal twin reads its own best guess."
        ).format(
            n=f"{training['parameters']:,}",
            steps=f"{training['settings']['steps']:,}",
            tokens=f"{training['train_tokens']:,}",
        )
    )
    if text.dropped:
        ui.note(
            _("The first {n} tokens are used; {cut} are left out.").format(
                n=len(text.ids), cut=text.dropped
            )
        )


def _text(text: GappedText, gaps: tuple[int, ...]) -> None:
    model = twins()
    at = min(controls.gap.value, len(gaps)) - 1 if gaps else None
    chips = []
    for place, token in enumerate(text.ids[1:], start=1):
        word = "_" if place in text.gaps else model.token_text(token)
        if place in gaps:
            note = "" if place in text.gaps else word
            chips.append(ui.Token(str(gaps.index(place) + 1), note=note, color="@accent"))
        else:
            chips.append(ui.Token(word, muted=place in text.gaps))

    def click(index: int) -> None:
        place = index + 1
        if place in gaps:
            if controls.gap.value == gaps.index(place) + 1 and place not in text.gaps:
                _hide(set(controls.hidden_places()) - {place})
            else:
                controls.gap.set(gaps.index(place) + 1)
        elif place not in text.gaps and len(gaps) < controls.MOST_GAPS:
            _hide({*controls.hidden_places(), place})
            controls.gap.set(sorted({*gaps, place}).index(place) + 1)

    ui.tokens(
        chips,
        key="arch_gap_chips",
        label=_("Text with numbered gaps"),
        selected=gaps[at] - 1 if at is not None else None,
        on_click=click,
    )


def _hide(places: set[int]) -> None:
    controls.hidden.set(",".join(map(str, sorted(places))))


def _candidates(found: Guesses, at: int) -> list[int]:
    """Return the best candidates of both networks, in the order of their larger probability."""
    both = found.encoder[at].maximum(found.causal[at])
    best = [*found.encoder[at].topk(TOP).indices, *found.causal[at].topk(TOP).indices]
    unique = list(dict.fromkeys(int(i) for i in best))
    return sorted(unique, key=lambda i: -float(both[i]))


def _sentence(text: GappedText, found: Guesses, at: int) -> str:
    """Say what both networks put into the gap, and what stood there."""
    place, model = found.gaps[at], twins()
    parts = []
    for name, probs in (("encoder", found.encoder[at]), ("causal", found.causal[at])):
        best = int(probs.argmax())
        parts.append(
            (charts.twin_name(name), model.token_text(best), probability(float(probs[best])))
        )
    said = _(
        "Gap {n}: reading both sides, the {a} puts “{x}” first ({p}); reading only the left, the "
        "{b} puts “{y}” first ({q})."
    ).format(
        n=at + 1, a=parts[0][0], x=parts[0][1], p=parts[0][2], b=parts[1][0], y=parts[1][1],
        q=parts[1][2],
    )  # fmt: skip
    if place in text.gaps:
        return said
    truth = text.ids[place]
    return f"{said} " + _("The hidden word is “{word}”: {p} and {q}.").format(
        word=model.token_text(truth),
        p=probability(float(found.encoder[at][truth])),
        q=probability(float(found.causal[at][truth])),
    )


def _facts(text: GappedText, found: Guesses, at: int) -> list[ui.Fact]:
    facts = []
    place = found.gaps[at]
    for name, probs, sees in (
        ("encoder", found.encoder[at], len(text.ids) - 1 - len(found.gaps)),
        ("causal", found.causal[at], place - 1),
    ):
        entropy = float(-(probs * probs.clamp_min(1e-30).log2()).sum())
        facts.append(
            ui.Fact(
                _("uncertainty of the {network}").format(network=charts.twin_name(name)),
                _("{n} bits").format(n=number(entropy)),
                _("reads {n} tokens of the text").format(n=sees),
                help=_("Entropy of the network’s distribution over the vocabulary."),
            )
        )
    training = record()
    held_out = [
        ui.Fact(
            _("held-out accuracy, {network}").format(network=charts.twin_name(name)),
            probability(training["results"][name]["accuracy"]),
            _("of {n} gaps").format(n=f"{training['gaps']:,}"),
        )
        for name in ("encoder", "causal")
    ]
    return facts + held_out
