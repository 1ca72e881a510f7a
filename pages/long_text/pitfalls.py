"""Mistakes that people make with long texts, shown by running them."""

from __future__ import annotations

import ui
from core import long_text as core
from ui import _

ABBREVIATION = "Dr. Hall saw it. He ran."
PIECES = "aaaa bbbbbbbb cccc"


def pitfalls() -> list[ui.Pitfall]:
    """Return the page's pitfalls."""
    return [
        ui.Pitfall(
            _("Trusting the overlap setting"),
            _(
                "A recursive splitter repeats whole pieces only. If the last piece of a chunk is "
                "longer than the overlap, nothing is repeated, and no warning is given."
            ),
            _overlap,
        ),
        ui.Pitfall(
            _("Splitting sentences at every full stop"),
            _(
                "A rule that ends a sentence at a full stop followed by a space takes an "
                "abbreviation for a sentence."
            ),
            _abbreviation,
        ),
        ui.Pitfall(
            _("Chunks that are longer than the encoder reads"),
            _(
                "Sentence encoders truncate: all-MiniLM-L6-v2 reads 256 tokens by default. The "
                "rest of a longer chunk has no effect on its vector and cannot be found."
            ),
        ),
        ui.Pitfall(
            _("Dropping the first tokens from the KV cache"),
            _(
                "A sliding window over the cache seems harmless because the first tokens are far "
                "away. But models use them as attention sinks; see the view “Attention sinks”."
            ),
        ),
    ]


def _overlap() -> None:
    rows = []
    for asked in (8, 9):
        chunks = core.recursive_chunks(PIECES, 14, asked)
        texts = " | ".join(chunk.text for chunk in chunks)
        rows.append([str(asked), str(chunks[-1].overlap), texts])
    ui.table([_("overlap asked for"), _("got"), _("chunks")], rows, numbers=[0, 1])


def _abbreviation() -> None:
    chunks = core.chunk_text(ABBREVIATION, 1, 0, "sentences")
    ui.table([_("sentence"), _("text")], [[str(i), c.text] for i, c in enumerate(chunks, 1)])
