"""The tables of the language-model page."""

from __future__ import annotations

import ui
from pages.language_model import controls, packing, round_trip, scored
from ui import _


def _tokens() -> ui.Table:
    """Every token of the text with its scores."""
    chain = scored.current().chain
    columns = (chain.probs, chain.surprisal, chain.entropy, chain.ranks, chain.log2_probs)
    scores = zip(*(column.tolist() for column in columns), strict=True)
    names = "place id token p surprisal_bits entropy_bits rank log2_p_so_far"
    return names.split(), [
        (place, i, ui.plain(scored.token(i)), *row)
        for place, (i, row) in enumerate(zip(chain.ids, scores, strict=True), start=1)
    ]


def _predictions() -> ui.Table:
    """The most likely tokens at every position."""
    chain = scored.current().chain
    top = zip(chain.top_ids.tolist(), chain.top_probs.tolist(), strict=True)
    return ["place", "rank", "id", "token", "p"], [
        (place, rank, i, ui.plain(scored.token(i)), p)
        for place, (ids, probs) in enumerate(top, start=1)
        for rank, (i, p) in enumerate(zip(ids, probs, strict=True), start=1)
    ]


def _two_texts() -> ui.Table:
    """Both texts, token by token."""
    rows = []
    for name, text in (("first", controls.text_a), ("second", controls.text_b)):
        chain = scored.score(text.value, controls.first_token.value).chain
        scores = zip(chain.ids, chain.surprisal.tolist(), chain.log2_probs.tolist(), strict=True)
        rows += [
            (name, place, ui.plain(scored.token(i)), surprisal, so_far)
            for place, (i, surprisal, so_far) in enumerate(scores, start=1)
        ]
    return ["text", "place", "token", "surprisal_bits", "log2_p_so_far"], rows


def _sizes() -> ui.Table:
    """The text's size under each compressor, and under the model."""
    found = scored.encode(controls.text.value, round_trip.LONGEST)
    chain = scored.score(controls.text.value, limit=round_trip.LONGEST).chain
    sizes: dict[str, float] = packing.plain_sizes(found.ids) | {"model_ideal": chain.bits / 8}
    trip = round_trip.find(found.ids, found.before)
    if trip is not None and trip.data is not None:
        sizes["model_coded"] = len(trip.data)
    return ["how", "bytes", "bits_per_character"], [
        (name, size, 8 * size / chain.characters) for name, size in sizes.items()
    ]


def downloads() -> list[ui.Download]:
    """Return what the page offers."""
    return [
        ui.Download(_("Tokens (CSV)"), "language-model-tokens.csv", _tokens),
        ui.Download(_("Predictions (CSV)"), "language-model-predictions.csv", _predictions),
        ui.Download(_("Two texts (CSV)"), "language-model-two-texts.csv", _two_texts),
        ui.Download(_("Sizes (CSV)"), "language-model-sizes.csv", _sizes),
    ]
