"""Examples, questions and pitfalls of the KV-cache views."""

from __future__ import annotations

from dataclasses import replace

import ui
from charts import architectures as charts
from charts.format import byte_size, number
from core import architectures as core
from core.shapes import KNOWN_MODELS
from pages.architectures import cache_sizes, conversation, talk
from ui import _, models

MONDAY = 12  # the position, from 1, of "Monday" in the default conversation


def scenarios() -> list[ui.Scenario]:
    """Return the examples."""
    return [
        ui.Scenario(
            _("A chat continues"),
            ui.state("conversation"),
            _("Each request continues the cached text, so the decoder computes the end only."),
        ),
        ui.Scenario(
            _("Reasoning kept, then removed"),
            ui.state("conversation", template="switch"),
            _("All tokens after the first answer's removed reasoning are computed again."),
        ),
        ui.Scenario(
            _("Gemma's local layers"),
            ui.state("cache_size", model="Gemma-3-27B", context=131_072, guess="all_global"),
            _("52 of 62 layers keep 1,024 tokens: 10.4 GiB, not 62.0 GiB."),
        ),
        ui.Scenario(
            _("DeepSeek's latent vectors"),
            ui.state("cache_size", model="DeepSeek-V3", context=163_840, guess="uncompressed"),
            _("576 numbers per token and layer: 10.7 GiB, not 762 GiB."),
        ),
    ]


def experiments() -> list[ui.Experiment]:
    """Return the questions."""
    return [
        ui.Experiment(
            _("Edit the system prompt"),
            _("Move “Changed token” to the right: the later the change, the more is reused."),
            ui.state("conversation", edit=MONDAY),
            question=ui.Question(
                _(
                    "The cache holds two turns of a conversation. In the third request one word "
                    "of the system prompt is different: the weekday. Of the cached tokens, the "
                    "decoder can reuse …"
                ),
                [_("all but that word"), _("those before that word"), _("none")],
                _edited,
                ui.state("conversation"),
            ),
        ),
        ui.Experiment(
            _("Remove hidden reasoning"),
            _("Set the template to “reasoning kept”: nothing is computed again."),
            ui.state("conversation", template="strip"),
            question=ui.Question(
                _(
                    "Before each answer the model writes hidden reasoning, and the template leaves "
                    "it out of earlier turns. When the next question comes, the decoder computes "
                    "again …"
                ),
                [
                    _("nothing: the removed tokens are not needed"),
                    _("the last answer"),
                    _("the whole conversation"),
                ],
                _stripped,
                ui.state("conversation", template="keep"),
            ),
        ),
        ui.Experiment(
            _("A small model's cache"),
            _("Compare with the head size that one would expect from width and heads."),
            ui.state("cache_size"),
            question=ui.Question(
                _(
                    "Qwen3-0.6B has 0.6 billion parameters of 2 bytes. The KV cache of one "
                    "sequence of 40,960 tokens, also at 2 bytes per number, takes …"
                ),
                [
                    _("about a tenth of the weights' memory"),
                    _("about as much as the weights"),
                    _("about four times as much as the weights"),
                ],
                _small_model,
                ui.state("cache_size", context=128),
            ),
        ),
        ui.Experiment(
            _("A large model's cache"),
            _("Set “Compare with” to keys and values per query head."),
            ui.state("cache_size", model="DeepSeek-V3", context=8192),
            question=ui.Question(
                _(
                    "DeepSeek-V3 has 671 billion parameters, Llama-3-8B has 8 billion. "
                    "Per token, the KV cache of DeepSeek-V3 is …"
                ),
                [
                    _("about 80 times as large"),
                    _("about as large"),
                    _("about half as large"),
                ],
                _large_model,
                ui.state("cache_size", model="Llama-3-8B", context=8192),
            ),
        ),
    ]


def _edited() -> tuple[int, str]:
    found = conversation.current()
    reused, again, _new = charts.parts(talk.reuses(found)["decoder"], found.history)
    right = 2 if reused == 0 else 0 if again <= 1 else 1
    return right, _(
        "It reuses {n} of {all}. Every later token has attended to the changed one, directly or "
        "through others, so its keys and values are different."
    ).format(n=reused, all=len(found.cached))


def _stripped() -> tuple[int, str]:
    found = conversation.current()
    reused, again, _new = charts.parts(talk.reuses(found)["decoder"], found.history)
    right = 0 if again == 0 else 2 if reused == 0 else 1
    return right, _(
        "It computes the {n} tokens of the last answer again: in the cache they come after the "
        "reasoning, at other positions and with attention to it. The {reused} tokens before the "
        "reasoning are reused."
    ).format(n=again, reused=reused)


def _small_model() -> tuple[int, str]:
    size = cache_sizes.current()
    weights = 2e9 * (KNOWN_MODELS[size.name].published_total or 0)
    ratio = size.bytes / weights
    right = min(range(3), key=lambda i: abs(ratio - (0.1, 1.0, 4.0)[i]))
    return right, _("The cache takes {size}, the weights {weights}: {r} times as much.").format(
        size=byte_size(size.bytes), weights=byte_size(round(weights)), r=number(ratio, 2)
    )


def _large_model() -> tuple[int, str]:
    large, small = (core.cache_size(name, 1) for name in ("DeepSeek-V3", "Llama-3-8B"))
    ratio = large.bytes / small.bytes
    right = min(range(3), key=lambda i: abs(ratio - (80.0, 1.0, 0.5)[i]))
    return right, _(
        "{a} against {b} bytes per token: latent attention keeps {n} numbers per layer instead of "
        "the keys and values of all heads."
    ).format(a=f"{large.bytes:,}", b=f"{small.bytes:,}", n=large.numbers)


def pitfalls() -> list[ui.Pitfall]:
    """Return the mistakes."""
    return [
        ui.Pitfall(
            _("The time at the beginning of the prompt"),
            _(
                "A time or a user's name in the system prompt differs in every request, so "
                "the cache ends there. Put what changes at the end."
            ),
            _time_first,
        ),
        ui.Pitfall(
            _("Tokenizing the answer again"),
            _(
                "A model may write tokens that its tokenizer would not choose for the same text. "
                "A server that stores the text and tokenizes it again then loses the cache from "
                "there on. Store the tokens."
            ),
            _tokenized_again,
        ),
    ]


def _time_first() -> None:
    turns = [core.Turn("Where is the sea?", "To the west."), core.Turn("And the mountains?")]
    system, clock = "You are a guide.", ("It is 9:41.", "It is 9:42.")
    rows = []
    for name, prompts in (
        (_("at the beginning"), [(f"{time} {system}", "") for time in clock]),
        (_("at the end"), [(system, f" {time}") for time in clock]),
    ):
        made = []
        for start, end in prompts:
            last = replace(turns[-1], user=turns[-1].user + end)
            made.append(
                core.requests(models.language_model(), start, [turns[0], last], "plain")[-1].prompt
            )
        found = core.shared_prefix(*made)
        rows.append([name, str(found.reused), str(found.recomputed)])
    ui.table([_("Time in the prompt"), _("from the cache"), _("computed again")], rows,
             numbers=[1, 2])  # fmt: skip


def _tokenized_again() -> None:
    model = models.language_model()
    written = [i for piece in ("The", " un", "happ", "iness") for i in model.encode(piece)]
    again = model.encode(model.decode(written))
    rows = [
        [name, " | ".join(model.token_text(i) for i in ids), str(len(ids))]
        for name, ids in ((_("written by the model"), written), (_("tokenized again"), again))
    ]
    ui.table([_("Tokens"), _("text"), _("number")], rows, numbers=[2])
    found = core.shared_prefix(written, again)
    ui.note(_("Tokens shared at the beginning: {n}.").format(n=found.shared), keep=True)
