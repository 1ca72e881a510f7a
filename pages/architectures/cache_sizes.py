"""The KV cache of published models against the length of the context."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import ui
from charts import architectures as charts
from charts.architectures.cache import LONGEST, SHORTEST
from charts.format import byte_size, count, number
from core import architectures as core
from core.architectures import CACHE_MODELS, CacheSize, cache_size
from core.shapes import KNOWN_MODELS
from pages.architectures import controls
from ui import _


@lru_cache(64)
def curve(name: str, end: int, width: int) -> tuple[CacheSize, ...]:
    """Return a model's cache from the shortest context to `end`, the end of its window included."""
    grid = {SHORTEST * 2**power for power in range(32)} | {end, KNOWN_MODELS[name].window}
    return tuple(cache_size(name, n, width) for n in sorted(grid) if SHORTEST <= n <= end)


def current() -> CacheSize:
    """Return the chosen model's cache at the chosen context."""
    return cache_size(controls.model.value, controls.context.value, int(controls.precision.value))


def draw() -> None:
    """Draw the cache of every model against the context, then the chosen one's numbers."""
    size, width = current(), int(controls.precision.value)
    assumed = controls.guess.value
    wrong = getattr(size, assumed)
    chosen = curve(size.name, LONGEST, width)
    with ui.figure():
        ui.plot(
            charts.cache_curves(
                [curve(name, KNOWN_MODELS[name].context, width) for name in CACHE_MODELS],
                chosen,
                [getattr(at, assumed) for at in chosen],
                size,
                wrong,
            ),
            key="arch_cache_plot",
            alt=_("KV cache of {name} at {n} tokens: {size}; under the assumption {wrong}.").format(
                name=size.name,
                n=count(size.context),
                size=byte_size(size.bytes),
                wrong=byte_size(wrong),
            ),
            height=390,
            least_width=440,
            on_click=_choose,
        )
    ui.note(f"{_sentence(size)} {_comparison(size, wrong)}", keep=True)
    _facts(size, wrong)
    ui.formula(_formula(size))
    _table(size, width)
    ui.provenance(
        (
            _(
                "Mistral-7B at 32k tokens: size of the cache without the window divided by its "
                "size with it"
            ),
            core.MISTRAL_SAVING,
            core.mistral_saving(),
        ),
        (
            _("Saving of DeepSeek-V2 over DeepSeek-67B, with 6 bits per number instead of 16"),
            core.DEEPSEEK_SAVING,
            core.deepseek_saving(6),
        ),
    )
    ui.note(
        _(
            "With 16 bits per number in both, DeepSeek-V2 saves {percent} %: the rest of its "
            "printed saving comes from the 6 bits."
        ).format(percent=number(core.deepseek_saving(16)))
    )
    ui.note(
        _(
            "A thin line ends at the longest context that a model's configuration states. Sizes "
            "are of one sequence; a batch needs this for each of its sequences. Source of the "
            "chosen model's shape: {source}."
        ).format(source=KNOWN_MODELS[size.name].source)
    )


def _choose(mark: dict[str, Any]) -> None:
    """Choose the model whose dot was clicked."""
    controls.model.set(mark.get("data"))


def _sentence(size: CacheSize) -> str:
    """Say what the cache takes, and whether the model is made for such a context."""
    said = _("{n} tokens of {name} take {size}.").format(
        n=count(size.context), name=size.name, size=byte_size(size.bytes)
    )
    longest = KNOWN_MODELS[size.name].context
    if size.context > longest:
        more = _("Its configuration allows {n} tokens at most.").format(n=count(longest))
        said = f"{said} {more}"
    return said


def _comparison(size: CacheSize, wrong: int) -> str:
    """Compare with the wrong assumption, or say that it happens to be right."""
    shape = KNOWN_MODELS[size.name]
    named = controls.guess.names[controls.guess.value]
    if wrong == size.bytes:
        why = {
            "by_width": _("Its head size is width ∕ heads, so this assumption is right."),
            "all_global": _("All its layers keep every token here, so this assumption is right."),
            "uncompressed": _("It does have keys and values per query head."),
        }
        if size.kind == "MLA" and controls.guess.value == "by_width":
            return _("It caches a latent vector, not heads, so the head size plays no part.")
        return why[controls.guess.value]
    facts = {
        "by_width": _("Its head size is {d}, but {dim} ∕ {heads} = {guess}.").format(
            d=shape.head_dim, dim=shape.dim, heads=shape.num_heads,
            guess=shape.dim // shape.num_heads,
        ),
        "all_global": _("{n} of its {all} layers keep only the last {w} tokens.").format(
            n=size.local_layers, all=shape.layers, w=count(shape.window)
        ),
        "uncompressed": _("Each layer keeps {n} numbers per token, not {all}.").format(
            n=count(size.numbers), all=count(size.numbers * wrong // size.bytes)
        ),
    }  # fmt: skip
    ratio = _("Assuming “{guess}” gives {wrong}, {r} times as much.").format(
        guess=named, wrong=byte_size(wrong), r=number(wrong / size.bytes, 2)
    )
    return f"{ratio} {facts[controls.guess.value]}"


def _facts(size: CacheSize, wrong: int) -> None:
    shape = KNOWN_MODELS[size.name]
    kinds = {
        "MHA": _("multi-head attention: keys and values per query head"),
        "GQA": _("grouped-query attention: {n} query heads share keys and values"),
        "MQA": _("multi-query attention: all query heads share keys and values"),
        "MLA": _("multi-head latent attention: one latent vector per token"),
    }
    facts = [
        ui.Fact(
            _("KV cache"),
            byte_size(size.bytes),
            _("{n} tokens").format(n=count(size.context)),
        ),
        ui.Fact(
            _("numbers per token and layer"),
            count(size.numbers),
            f"{size.kind}, "
            + kinds[size.kind].format(n=shape.num_heads // max(1, shape.num_kv_heads)),
        ),
        ui.Fact(
            _("layers"),
            str(shape.layers),
            _("{a} keep all tokens, {b} the last {w}").format(
                a=size.global_layers, b=size.local_layers, w=count(shape.window)
            )
            if size.local_layers
            else _("all keep every token"),
        ),
        ui.Fact(_("under the assumption"), byte_size(wrong)),
    ]
    if shape.published_total:
        weights = round(shape.published_total * 1e9 * 2)
        facts.append(ui.Fact(_("the weights"), byte_size(weights), _("at 2 bytes per parameter")))
    ui.facts(facts)


def _formula(size: CacheSize) -> str:
    n, w = size.context, size.local_tokens
    layers = rf"{size.global_layers}\cdot {n}"
    if size.local_layers:
        layers = rf"({layers} + {size.local_layers}\cdot {w})"
    shape = KNOWN_MODELS[size.name]
    each = rf"2\cdot {shape.num_kv_heads}\cdot {shape.head_dim}"
    if shape.latent is not None:
        each = rf"({shape.latent.kv_rank} + {shape.latent.rope_dim})"
    return rf"{layers}\cdot {each}\cdot {size.bytes_per_value} = {size.bytes}\ \mathrm{{B}}"


def _table(chosen: CacheSize, width: int) -> None:
    """Draw every model at the chosen context, the largest cache first."""
    sizes = [cache_size(name, chosen.context, width) for name in CACHE_MODELS]
    head = [_("model"), _("attention"), _("bytes per token"), _("longest context")]
    ui.table(
        [*head, _("cache at {n} tokens").format(n=count(chosen.context))],
        [
            ui.Row(
                [
                    size.name,
                    size.kind,
                    count(size.token_bytes),
                    count(KNOWN_MODELS[size.name].context),
                    byte_size(size.bytes),
                ],
                "marked" if size.name == chosen.name else "",
            )
            for size in sorted(sizes, key=lambda size: -size.bytes)
        ],
        numbers=[2, 3, 4],
    )
