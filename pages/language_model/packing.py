"""The size of a text under arithmetic coding with the model, and under gzip, bz2 and xz."""

from __future__ import annotations

import streamlit as st

import ui
from charts import language_model as charts
from charts.format import count, number, probability
from charts.language_model import bits
from core.coding import compare_compressors
from core.text_scoring import ChainRule
from pages.language_model import controls, round_trip, scored
from ui import _, models


def draw() -> None:
    """Draw the sizes, the progress and result of the round trip, and a table."""
    found = scored.encode(controls.text.value, round_trip.LONGEST)
    chain = scored.score(controls.text.value, limit=round_trip.LONGEST).chain
    if found.start is None:
        ui.sentence(_("This model defines no token that begins a text, so it cannot encode one."))
        return
    trip = round_trip.find(found.ids, found.before)
    if trip is not None:
        trip.look()
    coded = None if trip is None or trip.data is None else len(trip.data)
    sizes = plain_sizes(found.ids)
    with ui.figure():
        ui.plot(
            charts.sizes(sizes, chain.bits, coded),
            key="lm_sizes",
            alt=_(
                "Sizes in bytes: UTF-8 {raw}, gzip {gzip}, bz2 {bz2}, xz {xz}; −log₂ p of the "
                "model is {ideal}, and its arithmetic code is {coded}."
            ).format(
                **sizes,
                ideal=number(chain.bits / 8, 3),
                coded=_("not encoded yet") if coded is None else count(coded),
            ),
            height=400,
            on_click=lambda mark: controls.size.set(round(mark["y"])),
        )
    ui.note(_arithmetic(sizes, chain, coded), keep=True)
    if found.notice:
        ui.sentence(found.notice)
    if trip is not None:
        _progress(trip, chain)
    _table(sizes, chain, coded)
    ui.note(
        _(
            "The comparison favors the model: gzip, bz2 and xz need no model of {size} million "
            "parameters at both ends, and what they add to every file (18, 14 and 32 bytes) "
            "weighs on short texts. The model's decoder also needs the number of tokens, one or "
            "two bytes. The code ends on a whole byte, so it may differ from −log₂ p by a few "
            "bits. The text is cut after {n} tokens, because each token takes one step of the "
            "model to encode and one to decode."
        ).format(
            n=round_trip.LONGEST,
            size=count(round(models.language_model().num_parameters / 1e6)),
        )
    )
    ui.model_card()


@st.cache_data(max_entries=64, show_spinner=False)
def plain_sizes(ids: tuple[int, ...]) -> dict[str, int]:
    """Return the size of a text as it is and under everyday compressors."""
    model = models.language_model()
    return compare_compressors(b"".join(model.token_bytes(i) for i in ids))


def run_buttons() -> None:
    """Draw the button that starts or stops the round trip."""
    try:
        found = scored.encode(controls.text.value, round_trip.LONGEST)
    except ui.Notice:  # no model: the view says so
        return
    trip = round_trip.find(found.ids, found.before)
    running = trip is not None and not trip.finished.is_set()
    if running:
        st.button(_("Stop"), key="lm_stop", on_click=trip.stop, icon=":material/stop:")
    else:
        st.button(
            _("Encode and decode"),
            key="lm_code",
            on_click=round_trip.begin,
            args=(found.ids, found.before),
            icon=":material/compress:",
            type="primary",
            disabled=not found.ids or found.start is None,
        )
    ui.ticker(running, key="lm_tick", interval_ms=250)


def _named(sizes: dict[str, int]) -> dict[str, int]:
    return {"UTF-8": sizes["raw"]} | {name: sizes[name] for name in ("gzip", "bz2", "xz")}


def _table(sizes: dict[str, int], chain: ChainRule, coded: int | None) -> None:
    rows = _named(sizes)
    if coded is not None:
        rows[_("this model")] = coded
    ui.table(
        ("", _("bytes"), _("bits per character"), _("share of UTF-8")),
        [
            (name, count(n), number(8 * n / chain.characters), probability(n / sizes["raw"]))
            for name, n in rows.items()
        ],
        numbers=(1, 2, 3),
    )


def _arithmetic(sizes: dict[str, int], chain: ChainRule, coded: int | None) -> str:
    """The selected size in bits and in bits per character."""
    ideal = {_("this model, −log₂ p"): chain.bits / 8}
    shown = _named(sizes) | (ideal if coded is None else {_("this model"): coded})
    name, size = list(shown.items())[controls.size.value]
    return _(
        "{name}: {size} bytes × 8 = {bits} bits; divided by {n} characters: {share} bits per "
        "character. Click a bar for its size."
    ).format(
        name=name,
        size=count(size) if isinstance(size, int) else number(size),
        bits=count(8 * size) if isinstance(size, int) else number(8 * size),
        n=count(chain.characters),
        share=number(8 * size / chain.characters),
    )


def _progress(trip: round_trip.RoundTrip, chain: ChainRule) -> None:
    """How far the round trip is; then the code, and whether decoding returned the same text."""
    total, decoded = len(trip.ids), tuple(trip.decoded)
    if trip.data is None:
        if not trip.finished.is_set():
            place = min(trip.steps + 1, total)
            ui.note(_("Encoding: token {n} of {all} …").format(n=place, all=total), keep=True)
        return
    progress = _("{n} of {all}").format(n=len(decoded), all=total)
    if decoded == trip.ids:
        all_agree = _("all {n} tokens agree").format(n=total)
        outcome = ui.Fact(_("decoded"), _("the same text"), all_agree)
    elif trip.finished.is_set():
        outcome = ui.Fact(_("decoded"), _("stopped"), progress)
    else:
        outcome = ui.Fact(_("decoding"), progress)
    size = _("{n} bytes").format(n=count(len(trip.data)))
    coded = _("{n} bits").format(n=count(8 * len(trip.data)))
    compared = _("{coded}; −log₂ p is {ideal}").format(coded=coded, ideal=bits(chain.bits, 4))
    ui.facts([ui.Fact(_("the code"), size, compared), outcome])
    shown = trip.data[:48].hex(" ").upper()
    st.code(shown + (" …" if len(trip.data) > 48 else ""), language=None, wrap_lines=True)
    ui.note(_("The text decoded from these bytes and the model alone:"))
    chips = [ui.Token(models.token(i)) for i in decoded]
    ui.tokens(chips, key="lm_back", label=_("Decoded text"))
