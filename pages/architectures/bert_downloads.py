"""The tables of the views on BERT's two tasks."""

from __future__ import annotations

import charts.architectures as charts
import ui
from core.objectives import overlap_test
from pages.architectures import controls, masking
from pages.architectures.material import pairs_of, record
from pages.architectures.models import encode, twins
from ui import _


def downloads() -> list[ui.Download]:
    """Return what the views offer."""
    return [
        ui.Download(_("Masked tokens (CSV)"), "masked-tokens.csv", _masked),
        ui.Download(_("Training of both networks (CSV)"), "bert-training.csv", _training),
        ui.Download(_("Sentence pairs (CSV)"), "sentence-pairs.csv", _pairs),
    ]


def _masked() -> ui.Table:
    header = [_("position"), _("token"), _("read"), _("kind")]
    ids, _total = encode(controls.mask_text.value, masking.LONGEST)
    if not masking.usable(ids):
        return header, []
    result = masking.chosen(ids, controls.rate.value, controls.mask_seed.value)
    model = twins()
    return header, [
        [i + 1, model.token_text(token), model.token_text(read), kind]
        for i, (token, read, kind) in enumerate(
            zip(ids, result.inputs.tolist(), result.kinds, strict=True)
        )
    ]


def _training() -> ui.Table:
    header = [_("network"), _("update"), _("accuracy"), _("bits")]
    return header, [
        [charts.twin_name(name), point["step"], point["accuracy"], point["bits"]]
        for name, result in record()["results"].items()
        for point in result["curve"]
    ]


def _pairs() -> ui.Table:
    header = [_("pair"), _("first sentence"), _("second sentence"), _("label"), _("overlap")]
    pairs = pairs_of(controls.pair_text.value, controls.pair_seed.value)
    values = overlap_test(pairs).overlaps
    return header, [
        [i + 1, pair.first, pair.second, charts.kind_of(pair.is_next), value]
        for i, (pair, value) in enumerate(zip(pairs, values, strict=True))
    ]
