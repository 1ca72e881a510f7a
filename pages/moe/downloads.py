"""The tables of the MoE page."""

from __future__ import annotations

import ui
from charts import moe as charts
from core.moe import KNOWN_MODELS
from pages.moe import batch, controls, language_models, learned, progress, sizes
from ui import _


def downloads() -> list[ui.Download]:
    """Return what the page offers."""
    return [
        ui.Download(_("Routing of the batch (CSV)"), "routing.csv", _routing),
        ui.Download(_("Training (CSV)"), "moe-training.csv", _training),
        ui.Download(_("Experts of the text (CSV)"), "text-experts.csv", _text_experts),
        ui.Download(_("Specialization (CSV)"), "experts.csv", _specialization),
        ui.Download(_("Recorded upcycling (CSV)"), "upcycling.csv", _upcycling),
        ui.Download(_("Known models (CSV)"), "moe-sizes.csv", _sizes),
    ]


def _routing() -> ui.Table:
    """Every assignment of every token; experts and positions count from 1."""
    header = [
        _("token"), _("word"), _("rank"), _("expert"), _("probability"), _("gate"), _("position"),
        _("kept"), _("weight"),
    ]  # fmt: skip
    current = batch.current()
    if current is None:
        return header, []
    routing = current.trace.routing
    probs = routing.probs.gather(1, routing.expert_index)
    return header, [
        [
            t + 1, ui.plain(word), i + 1, int(routing.expert_index[t, i]) + 1,
            float(probs[t, i]), float(routing.gate[t, i]), int(routing.position[t, i]) + 1,
            int(routing.kept[t, i]), float(routing.weight[t, i]),
        ]
        for t, word in enumerate(current.settings.words)
        for i in range(routing.expert_index.shape[1])
    ]  # fmt: skip


def _training() -> ui.Table:
    """Every snapshot of the live training, beginning with the state before any step."""
    return progress.table(learned.snapshots(), controls.train_experts.value)


def _text_experts() -> ui.Table:
    """The chosen experts of every token of the text in every layer, and their gates."""
    header = [
        _("token"), _("text"), _("layer"), _("rank"), _("expert"), _("gate"), _("surprisal_bits"),
    ]  # fmt: skip
    trace = language_models.current_trace()
    if trace is None:
        return header, []
    layers, T, k = trace.expert_index.shape
    return header, [
        [
            t + 1, ui.plain(trace.tokens[t]), layer + 1, i + 1,
            int(trace.expert_index[layer, t, i]) + 1, float(trace.gate[layer, t, i]),
            float(trace.surprisal[t]) if t else "",
        ]
        for t in range(T)
        for layer in range(layers)
        for i in range(k)
    ]  # fmt: skip


def _specialization() -> ui.Table:
    """Share and lift of every expert for every domain in every layer."""
    result = language_models.measured()
    layers, experts, _domains = result.share.shape
    header = [
        _("layer"), _("expert"), _("domain"), _("share"), _("lift"), _("mutual_information_bits"),
    ]  # fmt: skip
    names = controls.domain.names
    return header, [
        [
            layer + 1, e + 1, names[domain], float(result.share[layer, e, d]),
            float(result.lift[layer, e, d]), float(result.mutual_information[layer]),
        ]
        for layer in range(layers)
        for e in range(experts)
        for d, domain in enumerate(result.domains)
    ]  # fmt: skip


def _upcycling() -> ui.Table:
    """Held-out bits per token of every recorded training, step by step and by domain."""
    labels, domains = charts.training_names(language_models.record()), controls.domain.names
    return [_("training"), _("step"), _("domain"), _("bits_per_token")], [
        [labels[name], step, domains[domain], bits[i]]
        for name, curve in language_models.record().curves.items()
        for i, step in enumerate(curve.steps)
        for domain, bits in curve.bits.items()
    ]


def _sizes() -> ui.Table:
    """Known models: computed and published parameters, FLOPs, source."""
    header = [_("model"), _("experts"), "k", _("shared"), _("total parameters")]
    header += [_("active parameters"), _("flops_per_token"), _("published_total_billions")]
    header += [_("published_active_billions"), _("source")]
    return header, [
        [
            name, shape.num_experts, shape.top_k, shape.num_shared, size.total, size.active,
            size.flops_per_token, shape.published_total, shape.published_active, shape.source,
        ]
        for (name, size), shape in zip(sizes.known().items(), KNOWN_MODELS.values(), strict=True)
    ]  # fmt: skip
