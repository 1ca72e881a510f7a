"""What it costs to learn from 15 % of the tokens: both networks while they train."""

from __future__ import annotations

from typing import Any

import charts.architectures as charts
import ui
from charts.format import count, number, probability
from pages.architectures import controls
from pages.architectures.material import record
from ui import _


def nearest(step: int) -> int:
    """Return the index of the evaluation nearest to an update."""
    curve = record()["results"]["encoder"]["curve"]
    return min(range(len(curve)), key=lambda i: abs(curve[i]["step"] - step))


def points(step: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the encoder and its twin scored at the evaluation nearest to an update."""
    results, at = record()["results"], nearest(step)
    return results["encoder"]["curve"][at], results["causal"]["curve"][at]


def draw() -> None:
    """Draw the held-out accuracy of both networks by update or by tokens learned from."""
    training = record()
    now = nearest(controls.step.value)
    encoder, causal = points(controls.step.value)
    step = encoder["step"]
    few, all_tokens = (charts.learned_tokens(training, name) for name in ("encoder", "causal"))
    accuracy = [probability(point["accuracy"]) for point in (encoder, causal)]
    with ui.figure():
        ui.plot(
            charts.curves(training, controls.by.value, now),
            key="arch_curves",
            alt=_("Accuracy after {n} updates: encoder {a}, causal twin {b}.").format(
                n=step, a=accuracy[0], b=accuracy[1]
            ),
            height=400,
        )
    ui.note(
        _(
            "After {n} updates the encoder fills {a} of the held-out gaps correctly, the causal "
            "twin {b}. The encoder has learned from {x} tokens, the twin from {y}: {ratio} times "
            "as many."
        ).format(
            n=count(step),
            a=accuracy[0],
            b=accuracy[1],
            x=count(round(few * step)),
            y=count(round(all_tokens * step)),
            ratio=number(all_tokens / few, 2),
        ),
        keep=True,
    )
    ui.note(
        _(
            "Held-out surprisal is lowest at update {a} for the encoder ({x} bits) and at update "
            "{b} for the causal twin ({y} bits; {z} bits at the end). A network that trains beyond "
            "its lowest point overfits: it reads the {n} training tokens again and again."
        ).format(**_lowest()),
        keep=True,
    )
    ui.facts(_facts(few, all_tokens))
    ui.note(
        _(
            "Both read the same windows of {n} tokens in the same order. The gaps are 15 % of the "
            "held-out tokens; the encoder reads [MASK] in all gaps of a window, the twin reads the "
            "true tokens on the left. Another training text, size or number of updates can change "
            "the order of the two."
        ).format(n=training["config"]["context"])
    )


def _lowest() -> dict[str, str]:
    """Return where each network's held-out surprisal is lowest, as the words of a sentence."""
    training = record()
    encoder, causal = (training["results"][name]["curve"] for name in ("encoder", "causal"))
    best = [min(curve, key=lambda point: point["bits"]) for curve in (encoder, causal)]
    return {
        "a": count(best[0]["step"]),
        "x": number(best[0]["bits"]),
        "b": count(best[1]["step"]),
        "y": number(best[1]["bits"]),
        "z": number(causal[-1]["bits"]),
        "n": count(training["train_tokens"]),
    }


def _facts(few: float, all_tokens: float) -> list[ui.Fact]:
    training = record()
    results = training["results"]
    batch, context = training["settings"]["batch"], training["config"]["context"]
    return [
        ui.Fact(
            _("encoder: tokens with a loss per update"),
            count(round(few)),
            _("{rate} of {b} · {t}").format(
                rate=probability(training["settings"]["rate"]), b=batch, t=context
            ),
        ),
        ui.Fact(
            _("causal twin: tokens with a loss per update"),
            count(round(all_tokens)),
            f"{batch} · {context - 1}",
        ),
        ui.Fact(
            _("encoder, one gap at a time"),
            probability(results["encoder"]["one_gap_at_a_time"]["accuracy"]),
            _("accuracy at the end"),
            help=_("The encoder reads all other tokens of the window."),
        ),
        ui.Fact(
            _("always the most frequent token"),
            probability(training["most_frequent"]["accuracy"]),
            _("accuracy"),
        ),
    ]
