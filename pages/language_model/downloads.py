"""The tables of the language-model page."""

from __future__ import annotations

import ui
from pages.language_model import controls, packing, round_trip, scored
from ui import _, models


def _tokens() -> ui.Table:
    """Every token of the text with its scores."""
    chain = scored.current().chain
    columns = (chain.probs, chain.surprisal, chain.entropy, chain.ranks, chain.log2_probs)
    scores = zip(*(column.tolist() for column in columns), strict=True)
    head = [_("position"), "id", _("token"), "p", _("surprisal (bits)"), _("entropy (bits)")]
    return [*head, _("rank"), _("log₂ p so far")], [
        (place, i, ui.plain(models.token(i)), *row)
        for place, (i, row) in enumerate(zip(chain.ids, scores, strict=True), start=1)
    ]


def _predictions() -> ui.Table:
    """The most likely tokens at every position."""
    chain = scored.current().chain
    top = zip(chain.top_ids.tolist(), chain.top_probs.tolist(), strict=True)
    return [_("position"), _("rank"), "id", _("token"), "p"], [
        (place, rank, i, ui.plain(models.token(i)), p)
        for place, (ids, probs) in enumerate(top, start=1)
        for rank, (i, p) in enumerate(zip(ids, probs, strict=True), start=1)
    ]


def _two_texts() -> ui.Table:
    """Both texts, token by token."""
    rows = []
    for name, text in ((_("first text"), controls.text_a), (_("second text"), controls.text_b)):
        chain = scored.score(text.value, controls.first_token.value).chain
        scores = zip(chain.ids, chain.surprisal.tolist(), chain.log2_probs.tolist(), strict=True)
        rows += [
            (name, place, ui.plain(models.token(i)), surprisal, so_far)
            for place, (i, surprisal, so_far) in enumerate(scores, start=1)
        ]
    head = [_("text"), _("position"), _("token"), _("surprisal (bits)"), _("log₂ p so far")]
    return head, rows


def _sizes() -> ui.Table:
    """The text's size under each compressor, and under the model."""
    found = scored.encode(controls.text.value, round_trip.LONGEST)
    chain = scored.score(controls.text.value, limit=round_trip.LONGEST).chain
    plain = packing.plain_sizes(found.ids)
    sizes: dict[str, float] = {"UTF-8": plain.pop("raw"), **plain}
    sizes[_("−log₂ p of the model")] = chain.bits / 8
    trip = round_trip.find(found.ids, found.before)
    if trip is not None and trip.data is not None:
        sizes[_("arithmetic code of the model")] = len(trip.data)
    return [_("compressor"), _("bytes"), _("bits per character")], [
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
