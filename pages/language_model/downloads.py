"""The tables of the language-model page."""

from __future__ import annotations

import ui
from pages.language_model import controls, packing, round_trip, scored
from ui import _


def _tokens() -> ui.Table:
    """Every token of the text with its scores."""
    found = scored.current()
    rows = []
    if found is not None:
        chain = found.chain
        columns = (chain.probs, chain.surprisal, chain.entropy, chain.ranks, chain.log2_probs)
        scores = zip(*(column.tolist() for column in columns), strict=True)
        rows = [
            (place, i, ui.plain(scored.token(i)), *row)
            for place, (i, row) in enumerate(zip(chain.ids, scores, strict=True), start=1)
        ]
    names = "place id token p surprisal_bits entropy_bits rank log2_p_so_far"
    return names.split(), rows


def _predictions() -> ui.Table:
    """The most likely tokens at every position."""
    found = scored.current()
    rows = []
    if found is not None:
        top = zip(found.chain.top_ids.tolist(), found.chain.top_probs.tolist(), strict=True)
        rows = [
            (place, rank, i, ui.plain(scored.token(i)), p)
            for place, (ids, probs) in enumerate(top, start=1)
            for rank, (i, p) in enumerate(zip(ids, probs, strict=True), start=1)
        ]
    return ["place", "rank", "id", "token", "p"], rows


def _two_texts() -> ui.Table:
    """Both texts, token by token."""
    rows = []
    for name, text in (("first", controls.text_a), ("second", controls.text_b)):
        found = scored.score(text.value, controls.first_token.value)
        if found is not None:
            chain = found.chain
            scores = zip(
                chain.ids, chain.surprisal.tolist(), chain.log2_probs.tolist(), strict=True
            )
            rows += [
                (name, place, ui.plain(scored.token(i)), surprisal, so_far)
                for place, (i, surprisal, so_far) in enumerate(scores, start=1)
            ]
    return ["text", "place", "token", "surprisal_bits", "log2_p_so_far"], rows


def _sizes() -> ui.Table:
    """The text's size under each compressor, and under the model."""
    ids, start, _notice = scored.encode(controls.text.value, round_trip.LONGEST)
    chain = packing.current()
    rows = []
    if chain is not None:
        sizes: dict[str, float] = packing.plain_sizes(ids) | {"model_ideal": chain.bits / 8}
        trip = round_trip.find(ids, start)
        if trip is not None and trip.data is not None:
            sizes["model_coded"] = len(trip.data)
        rows = [(name, size, 8 * size / chain.characters) for name, size in sizes.items()]
    return ["how", "bytes", "bits_per_character"], rows


def downloads() -> list[ui.Download]:
    """Return what the page offers."""
    return [
        ui.Download(_("Tokens (CSV)"), "language-model-tokens.csv", _tokens),
        ui.Download(_("Predictions (CSV)"), "language-model-predictions.csv", _predictions),
        ui.Download(_("Two texts (CSV)"), "language-model-two-texts.csv", _two_texts),
        ui.Download(_("Sizes (CSV)"), "language-model-sizes.csv", _sizes),
    ]
