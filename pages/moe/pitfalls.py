"""Mistakes that people make with mixtures of experts, each shown by running it."""

from __future__ import annotations

import torch
from torch.nn import functional as F

import ui
from charts import moe as charts
from charts.format import number
from core.moe import KNOWN_MODELS, load_balancing_loss, moe_parameters, route
from ui import _

LOGITS = torch.tensor([[2.0, 1.0, 0.0, -1.0], [0.5, 0.3, 0.2, 0.0], [-1.0, 0.0, 1.5, 1.4]])


def pitfalls() -> list[ui.Pitfall]:
    """Return the page's pitfalls."""
    return [
        ui.Pitfall(
            _("With k = 1, a softmax over the chosen expert gives the router no gradient"),
            _(
                "The softmax of a single number is always 1, whatever the logit. Its gradient is "
                "0, so the task loss cannot train the router. Switch therefore takes the softmax "
                "over all experts."
            ),
            _top_one,
        ),
        ui.Pitfall(
            _("Adding the balancing bias to the gates"),
            _(
                "The bias of loss-free balancing affects only which experts are chosen. If you add "
                "it to the logits, it also changes the weights of the sum, and the output depends "
                "on the load of the experts."
            ),
            _biased_gates,
        ),
        ui.Pitfall(
            _("Expecting a balancing loss of 0 at perfect balance"),
            _(
                "With perfect balance, N · Σ f · P equals 1, not 0, if f and P both sum to 1 over "
                "the N experts, as on this page. Some libraries count the tokens that choose an "
                "expert, so that f sums to k and the balanced value is k. Check the definition "
                "before you compare values."
            ),
            _balanced,
        ),
        ui.Pitfall(
            _("8×7B is not 56B"),
            _(
                "Only the feed-forward networks exist eight times; attention, norms and embeddings "
                "are shared. Few active parameters do not save memory either: all experts must be "
                "loaded."
            ),
            _nominal_sizes,
        ),
        ui.Pitfall(
            _("With a capacity limit, the tokens of a batch affect one another"),
            _(
                "A token that comes later in the batch may find its expert full. The same text "
                "then gives a different output in another batch. Many models therefore drop no "
                "tokens at inference."
            ),
            _batch_effect,
        ),
    ]


def _top_one() -> None:
    """Show the gates and the gradient of the logits for k = 1, for both kinds of softmax."""
    rows = []
    for name, normalize in ((_("the chosen k"), "after"), (_("all experts"), "before")):
        logits = LOGITS.clone().requires_grad_(True)
        gate = route(logits, 1, normalize=normalize).gate[:, 0]
        (gradient,) = torch.autograd.grad(gate.sum(), logits)
        gates = ", ".join(number(g, 2) for g in gate.tolist())
        rows.append((name, gates, number(float(gradient.abs().max()), 2)))
    head = (_("softmax over"), _("gates of three tokens"), _("largest ∂gate/∂logit"))
    ui.table(head, rows, numbers=(2,))


def _biased_gates() -> None:
    """Show the bias applied to the choice only, and the bias added to the logits."""
    logits, bias = LOGITS[1:2], torch.tensor([-0.5, 0.0, 0.0, 0.5])
    routings = {
        _("no bias"): route(logits, 2),
        _("bias for the choice only"): route(logits, 2, bias=bias),
        _("bias added to the logits (wrong)"): route(logits + bias, 2),
    }
    rows = [
        (
            name,
            ", ".join(charts.name(e) for e in routing.expert_index[0].tolist()),
            ", ".join(f"{g:.3f}" for g in routing.gate[0].tolist()),
        )
        for name, routing in routings.items()
    ]
    ui.table((_("method"), _("chosen"), _("gates")), rows)


def _balanced() -> None:
    """Show the balancing loss of a balanced and of a collapsed router for k = 1, 2, 4."""
    experts, rows = 8, []
    probs = torch.full((8, experts), 1 / experts)
    collapsed = F.one_hot(torch.zeros(8, dtype=torch.long), experts).float()
    for k in (1, 2, 4):
        even = (torch.arange(8)[:, None] + torch.arange(k)) % experts
        same = torch.arange(k).expand(8, k)
        losses = (load_balancing_loss(probs, even), load_balancing_loss(collapsed, same))
        ours = (number(float(loss)) for loss in losses)
        rows.append((f"k = {k}", *ours, number(k * float(losses[0]))))
    head = (
        _("8 experts"), _("balanced"), _("all probability on one expert"),
        _("balanced, if f sums to k"),
    )  # fmt: skip
    ui.table(head, rows, numbers=(1, 2, 3))


def _nominal_sizes() -> None:
    """Show what the names of two models suggest, and their sizes."""
    rows = []
    for name, nominal in (("Mixtral 8x7B", "8 × 7 = 56 B"), ("Mixtral 8x22B", "8 × 22 = 176 B")):
        size = moe_parameters(KNOWN_MODELS[name])
        rows.append((name, nominal, charts.billions(size.total), charts.billions(size.active)))
    head = (_("model"), _("by its name"), _("total"), _("active parameters"))
    ui.table(head, rows, numbers=(1, 2, 3))


def _batch_effect() -> None:
    """Show the weight of one token, alone and after two others that choose the same expert."""
    rows = []
    for name, size in ((_("alone"), 1), (_("after two identical tokens"), 3)):
        routing = route(LOGITS[:1].expand(size, -1), 1, capacity=2, normalize="before")
        result = _("accepted") if bool(routing.kept[-1, 0]) else _("dropped: full")
        rows.append((name, result, number(float(routing.weight[-1, 0]))))
    head = (_("the same token"), _("result"), _("weight of its expert"))
    ui.table(head, rows, numbers=(2,))
