"""Mistakes that people make with positions, run."""

from __future__ import annotations

import ui
from charts.format import number
from core import positions as core
from pages.positions.vectors import vectors
from ui import _


def _table(head: str, scores: dict[str, core.RopeScore], wrong: str = "") -> None:
    rows = [
        ui.Row([label, number(result.score, 4)], "marked" if label == wrong else "")
        for label, result in scores.items()
    ]
    ui.table([head, "q·k"], rows, numbers=[1])


def _mixed_layouts() -> None:
    """One head's q and k with weights in one pairing and code for the other."""
    q, k = vectors("random", 64, 1)
    half = core.pairing_permutation(64, "interleaved", "half")
    wrong = _("weights adjacent, code half-split")
    scores = {
        _("weights and code adjacent"): core.rope_score(q, k, 20, 12),
        _("weights and code half-split"): core.rope_score(q[half], k[half], 20, 12, pairing="half"),
        wrong: core.rope_score(q, k, 20, 12, pairing="half"),
    }
    _table(_("head of 64 dimensions, m = 20, n = 12"), scores, wrong)


def _restarted() -> None:
    """A token generated with a KV cache, at its own position and at 0."""
    q, k = vectors("equal", 64, 1)
    wrong = _("token 20 at position 0, because the counter restarted")
    scores = {
        _("token 20 at position 20"): core.rope_score(q, k, 20, 18),
        _("all positions shifted by 7, as with left padding"): core.rope_score(q, k, 27, 25),
        wrong: core.rope_score(q, k, 0, 18),
    }
    _table(_("q and k all ones, k at position 18"), scores, wrong)


def _order() -> None:
    """The same distance forwards and backwards."""
    q, k = vectors("random", 64, 1)
    _table("m, n", {f"{m}, {n}": core.rope_score(q, k, m, n) for m, n in ((20, 12), (12, 20))})


def pitfalls() -> list[ui.Pitfall]:
    """Return the page's pitfalls."""
    return [
        ui.Pitfall(
            _("Weights in one pairing, code for the other"),
            _(
                "Llama checkpoints for the transformers library use half-split pairs. GGUF files "
                "of the Llama architecture store the same weights reordered for adjacent pairs; "
                "those of some other architectures, for example Qwen2, keep half-split pairs. With "
                "the wrong code the model still runs, but its scores are wrong. Permute the rows "
                "of the q and k projections, or switch the code's pairing."
            ),
            _mixed_layouts,
        ),
        ui.Pitfall(
            _("A mistake that passes the test"),
            _(
                "The code rotates adjacent pairs but concatenates the results as two halves. If q "
                "and k share this mistake, all scores are correct; if only one has it, for example "
                "a cached key, they are wrong. Compare the vectors element by element: their mean "
                "and sum are correct too."
            ),
        ),
        ui.Pitfall(
            _("Positions that restart"),
            _(
                "With a KV cache, the new token has position T, not 0. Shifting all positions, as "
                "left padding does, is harmless; restarting the counter is not."
            ),
            _restarted,
        ),
        ui.Pitfall(
            _("The distance has a sign"),
            _(
                "A RoPE score depends on m − n, not on |m − n|: it distinguishes tokens before "
                "the query from tokens after it."
            ),
            _order,
        ),
        ui.Pitfall(
            _("“RoPE makes distant tokens count less”"),
            _(
                "This holds only on average, and only if q and k have a common mean. A single q·k "
                "may increase with distance. Many heads attend to the first token from any "
                "distance (an attention sink)."
            ),
        ),
        ui.Pitfall(
            _("Angles in half precision"),
            _(
                "In bfloat16, positions 256 and 257 are the same number. In float32, an angle near "
                "100 000 radians is off by up to 0.004. Compute the angles in float32 or better, "
                "and round only the cosines and sines."
            ),
        ),
        ui.Pitfall(
            _("A cache keyed by length alone"),
            _("Without base and scaling in its key, a cache returns another model's cos and sin."),
        ),
    ]
