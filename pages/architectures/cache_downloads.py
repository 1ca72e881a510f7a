"""The tables of the KV-cache views."""

from __future__ import annotations

import ui
from charts import architectures as charts
from core import architectures as core
from core.shapes import KNOWN_MODELS
from pages.architectures import cache_sizes, conversation, talk, timing
from ui import _, models


def _tokens() -> ui.Table:
    found = conversation.current()
    names, reuses = charts.architecture_names(), talk.reuses(found)
    kinds = charts.kind_names()
    rows = []
    for place, token in enumerate(found.prompt):
        row = [place + 1, token, ui.plain(models.token(token))]
        for name in names:
            reused, again, _new = charts.parts(reuses[name], found.history)
            row.append(kinds[(place >= reused) + (place >= reused + again)])
        rows.append(row)
    return [_("position"), _("token id"), _("token"), *names.values()], rows


def _times() -> ui.Table:
    """Return every forward pass; its times are empty until it is measured."""
    header = [_("pass"), _("tokens with the cache"), _("tokens without a cache")]
    header += [_("seconds with the cache"), _("seconds without a cache")]
    times = {found.index: found.seconds for found in timing.run().frames}
    return header, [
        (index, *tokens, *times.get(index, ("", "")))
        for index, tokens in enumerate(timing.passes())
    ]


def _sizes() -> ui.Table:
    now, header = cache_sizes.current(), [_("model"), _("attention"), _("tokens"), _("bytes")]
    header += [_("head size = width ∕ heads"), _("no sliding window")]
    header += [_("keys and values per query head"), _("source")]
    sizes = [core.cache_size(n, now.context, now.bytes_per_value) for n in core.CACHE_MODELS]
    return header, [
        (s.name, s.kind, s.context, s.bytes, s.by_width, s.all_global, s.uncompressed,
         KNOWN_MODELS[s.name].source)
        for s in sizes
    ]  # fmt: skip


def downloads() -> list[ui.Download]:
    """Return the tables."""
    return [
        ui.Download(_("Tokens of the request (CSV)"), "request.csv", _tokens),
        ui.Download(_("Measured times (CSV)"), "times.csv", _times),
        ui.Download(_("Cache sizes (CSV)"), "cache-sizes.csv", _sizes),
    ]
