"""Upcycling a language model: recorded losses, and the visitor's text before and after copying."""

from __future__ import annotations

from dataclasses import replace

import torch

import ui
from charts import moe as charts
from charts.format import number, probability
from charts.moe import two_decimals
from core.moe import moe_parameters
from core.moe import tiny_lm_upcycling as upcycling
from core.moe.tiny_lm import MoEConfig
from pages.moe import controls
from pages.moe.language_models import dense_model, encode, piece, record
from ui import _, models

MAX_TOKENS = 64  # each is a bar


def draw() -> None:
    """Draw the recorded losses, the surprisals of the visitor's text, and the costs."""
    domain = controls.domain.value
    domain = None if domain == controls.ALL_DOMAINS else domain
    experts = controls.copies.value
    top_k = min(controls.copies_used.value, experts)
    names, ends = charts.training_names(record()), record().final(domain)
    with ui.figure():
        ui.plot(
            charts.training_curves(record(), domain),
            key="moe_u_curves",
            alt=_("Held-out bits per token at the end: {bits}.").format(
                bits=", ".join(f"{names[name]} {two_decimals(ends[name])}" for name in names)
            ),
            height=420,
        )
    ids, cut = encode(dense_model(), controls.copy_text.value, MAX_TOKENS)
    if len(ids) < 2:
        ui.note(
            _("Type a text of at least two tokens: the first token has no surprisal."), keep=True
        )
    else:
        _compared(_compare(ids, experts, top_k), top_k)
    if cut:
        ui.note(_("The first {n} tokens are used.").format(n=len(ids)))
    _costs_table(domain, experts, top_k)
    ui.note(
        _(
            "Four trainings on the same texts, one run each, recorded with “make moe”. “Upcycled” "
            "is the dense model whose feed-forward networks (FFNs) were copied after step {at}. "
            "The final losses differ by at most {spread} bits per token. One run each does not "
            "show how much they vary with the seed. “Your copies” are not trained."
        ).format(at=record().copied_at, spread=two_decimals(record().spread(domain)))
    )


def _compare(ids: tuple[int, ...], experts: int, top_k: int) -> upcycling.UpcycledText:
    """Run the text through the dense model and through fresh copies."""
    normalize, seed = controls.copy_normalize.value, controls.copy_seed.value

    def work() -> upcycling.UpcycledText:
        dense = dense_model()
        routers = torch.Generator().manual_seed(seed)
        upcycled = upcycling.upcycle_tiny_lm(
            dense, experts, top_k, normalize=normalize, generator=routers
        )
        return upcycling.compare_on_text(dense, upcycled, list(ids))

    return models.compute(("moe_upcycled", ids, experts, top_k, normalize, seed), work)


def _compared(result: upcycling.UpcycledText, top_k: int) -> None:
    """Draw the text's surprisals in the dense model and after copying."""
    model = dense_model()
    words = [
        ui.plain(piece(model, token, word))
        for token, word in zip(result.dense.ids, result.dense.tokens, strict=True)
    ]
    before, after = (float(t.surprisal[1:].mean()) for t in (result.dense, result.experts))
    at = min(controls.copy_token.value, len(words)) - 1
    with ui.second_figure():
        ui.plot(
            charts.surprisals(result, words, at),
            key="moe_u_surprisal",
            alt=_("Mean surprisal of the text: {before} bits dense, {after} after copying.").format(
                before=number(before), after=number(after)
            ),
            height=420,
            on_click=lambda mark: controls.copy_token.set(mark["x"] + 1),
        )
    ui.note(_token(result, at, words[at]), keep=True)
    change = number(result.largest_difference, 2)
    ui.facts(
        [
            ui.Fact(_("bits per token, dense"), number(before), _("mean over your text")),
            ui.Fact(_("after copying"), number(after), _("before any further training")),
            ui.Fact(
                _("largest change of a logit"), change, _("0 up to rounding if the gates sum to 1")
            ),
        ]
    )
    gates = result.experts.gate.sum(dim=-1)
    low, high = charts.fraction(float(gates.min())), charts.fraction(float(gates.max()))
    sums = low if low == high else rf"{low}\,\ldots\,{high}"
    ui.formula(
        rf"y=\sum_{{i\in\text{{top-}}{top_k}}}g_i\,\mathrm{{FFN}}(x)"
        rf"=\underbrace{{\left(\textstyle\sum_i g_i\right)}}"
        rf"_{{{sums}}}\mathrm{{FFN}}(x)"
    )


def _token(result: upcycling.UpcycledText, at: int, word: str) -> str:
    """Work out the surprisal of one token in both models."""
    before, after = (float(t.surprisal[at]) for t in (result.dense, result.experts))
    return _(
        "Token {n}, “{word}”: −log₂ {p} = {before} bits in the dense model and −log₂ {q} = {after} "
        "bits after copying."
    ).format(
        n=at + 1,
        word=word,
        p=probability(2.0**-before),
        q=probability(2.0**-after),
        before=number(before),
        after=number(after),
    )


def _costs_table(domain: str | None, experts: int, top_k: int) -> None:
    """Draw what each training reached and costs; the last row has the chosen copies."""
    ends = record().final(domain)
    rows: list[ui.Row | tuple[str, ...]] = [
        (label, two_decimals(ends[name]), *_costs(record().curves[name].config))
        for name, label in charts.training_names(record()).items()
    ]
    chosen = replace(dense_model().config, num_experts=experts, top_k=top_k)
    label = _("your copies: {k} of {n}").format(k=top_k, n=experts)
    rows.append(ui.Row((label, "—", *_costs(chosen)), "marked"))
    head = (
        _("after {n} steps").format(n=record().curves["dense"].steps[-1]), _("bits per token"),
        _("total parameters"), _("active per token"), _("FLOPs per token"),
    )  # fmt: skip
    ui.table(head, rows, numbers=(1, 2, 3, 4))


def _costs(config: MoEConfig) -> tuple[str, ...]:
    size = moe_parameters(upcycling.shape_of(config))
    return tuple(charts.billions(n) for n in (size.total, size.active, size.flops_per_token))
