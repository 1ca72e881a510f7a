"""What people get wrong with mixtures of experts, each shown by running it."""

from __future__ import annotations

import torch
from torch.nn import functional as F

import ui
from charts import moe as charts
from charts.format import number
from core.moe import KNOWN_MODELS, load_balancing_loss, moe_parameters, route
from ui import _

LOGITS = ((2.0, 1.0, 0.0, -1.0), (0.5, 0.3, 0.2, 0.0), (-1.0, 0.0, 1.5, 1.4))


def pitfalls() -> list[ui.Pitfall]:
    """All of them, in the order of the page."""
    return [
        ui.Pitfall(
            _("Top-1 with gates normalized over the chosen: the router cannot learn"),
            _(
                "With k = 1 the softmax over the chosen one is always 1, whatever the logits: its "
                "gradient is 0, and the task never tells the router anything. Switch therefore "
                "takes the softmax over all experts."
            ),
            top_one,
        ),
        ui.Pitfall(
            _("Adding the balancing bias to the gates"),
            _(
                "The loss-free bias is for the choice alone. Added to the logits it also changes "
                "the weights of the sum: the model's output then depends on how busy experts were."
            ),
            biased_gates,
        ),
        ui.Pitfall(
            _("Expecting a balancing loss of 0, or of 1, at perfect balance"),
            _(
                "E · Σ f · P is k when all is even, not 0; some libraries divide by k. Compare "
                "figures of two libraries only after looking."
            ),
            even,
        ),
        ui.Pitfall(
            _("8×7B is not 56B"),
            _(
                "Only the feed-forward networks exist eight times; attention, norms and embeddings "
                "are shared. And few parameters at work does not mean little memory: all experts "
                "must be loaded."
            ),
            names,
        ),
        ui.Pitfall(
            _("Forgetting that dropped tokens make a batch's answers depend on each other"),
            _(
                "With a capacity, who comes later in the batch may find the expert full. The same "
                "text then gives another output in other company. Many models therefore drop "
                "nothing when they answer."
            ),
            company,
        ),
    ]


def _logits() -> torch.Tensor:
    return torch.tensor(LOGITS)


def top_one() -> None:
    """Gates and the gradient that reaches the router, k = 1, both ways of normalizing."""
    rows = []
    for name, normalize in ((_("the chosen k"), "after"), (_("all experts"), "before")):
        logits = _logits().requires_grad_(True)
        routing = route(logits, 1, normalize=normalize)
        routing.gate.sum().backward()
        gradient = logits.grad
        largest = 0.0 if gradient is None else float(gradient.abs().max())
        gates = ", ".join(number(g, 2) for g in routing.gate[:, 0].tolist())
        rows.append((name, gates, number(largest, 2)))
    head = (_("softmax over"), _("gates of three tokens"), _("largest ∂gate/∂logit"))
    ui.table(head, rows, numbers=(2,))


def biased_gates() -> None:
    """The same choice, once with the bias for the choice only, once added to the logits."""
    logits, bias = _logits()[1:2], torch.tensor([-0.5, 0.0, 0.0, 0.5])
    rows = []
    for name, routing in (
        (_("no bias"), route(logits, 2)),
        (_("bias for the choice only"), route(logits, 2, bias=bias)),
        (_("bias added to the logits (wrong)"), route(logits + bias, 2)),
    ):
        rows.append(
            (
                name,
                ", ".join(charts.name(e) for e in routing.expert_index[0].tolist()),
                ", ".join(f"{g:.3f}" for g in routing.gate[0].tolist()),
            )
        )
    ui.table((_("way"), _("chosen"), _("gates")), rows)


def even() -> None:
    """The balancing loss of a perfectly even router for k = 1, 2, 4; and of a collapsed one."""
    experts, rows = 8, []
    probs = torch.full((8, experts), 1 / experts)
    collapsed = F.one_hot(torch.zeros(8, dtype=torch.long), experts).float()
    for k in (1, 2, 4):
        index = (torch.arange(8)[:, None] + torch.arange(k)) % experts
        worst = torch.arange(k).expand(8, k)
        rows.append(
            (
                f"k = {k}",
                number(float(load_balancing_loss(probs, index))),
                number(float(load_balancing_loss(collapsed, worst))),
            )
        )
    head = (_("8 experts"), _("all even"), _("all probability on one"))
    ui.table(head, rows, numbers=(1, 2))


def names() -> None:
    """What the names of two models promise, and what they hold."""
    rows = []
    for name, promised in (("Mixtral 8x7B", "8 × 7 = 56 B"), ("Mixtral 8x22B", "8 × 22 = 176 B")):
        size = moe_parameters(KNOWN_MODELS[name])
        rows.append((name, promised, charts.billions(size.total), charts.billions(size.active)))
    ui.table((_("model"), _("by its name"), _("holds"), _("uses")), rows, numbers=(1, 2, 3))


def company() -> None:
    """One token's weight, alone and behind others that want the same expert."""
    logits = _logits()
    rows = []
    for name, before in ((_("alone"), 0), (_("behind two like it"), 2)):
        batch = torch.cat((logits[:1].expand(before, -1), logits[:1]))
        routing = route(batch, 1, capacity=2, normalize="before")
        fate = _("accepted") if bool(routing.kept[-1, 0]) else _("dropped: full")
        rows.append((name, fate, number(float(routing.weight[-1, 0]))))
    head = (_("the same token"), _("what happens"), _("weight of its expert"))
    ui.table(head, rows, numbers=(2,))
