"""The same text compressed: under the model by arithmetic coding, and by gzip, bz2 and xz."""

from __future__ import annotations

import streamlit as st

import ui
from charts import language_model as charts
from charts.format import count, number, probability
from charts.language_model import bits
from core.coding import compare_compressors
from core.text_scoring import ChainRule
from pages.language_model_parts import coding, scored, texts
from ui import _, tokens


def draw() -> None:
    """Text in; sizes out, and on a button the real code, made and read again."""
    text = ui.live_text(_("Text"), texts.FACT, key="lm_text", rows=3)
    start = scored.encoded(text, ui.current_language(), coding.LONGEST).start
    found = scored.score_here(text, limit=coding.LONGEST)
    if not found:
        coding.end()
        ui.note(_("Type a text to compress."))
        return
    if start is None:
        coding.end()
        ui.sentence(_("This model names no token to begin a text with, so it cannot code one."))
        return
    held = found[0]
    chain = held.chain
    trip = coding.held(chain.ids, start)
    if trip is not None:
        trip.look()
    _buttons(chain.ids, start, trip)
    size = None if trip is None or trip.data is None else len(trip.data)
    plain = _sizes(b"".join(held.pieces))
    ui.plot(
        charts.sizes(plain, chain.bits, size),
        key="lm_sizes",
        alt=_(
            "Sizes in bytes: {raw} as it is, gzip {gzip}, bz2 {bz2}, xz {xz}; under the model "
            "at least {ideal}, coded {coded}."
        ).format(
            **plain,
            ideal=number(chain.bits / 8, 3),
            coded=_("not yet") if size is None else count(size),
        ),
        height=290,
    )
    if trip is not None:
        _round_trip(trip, held)
    if not ui.presenting():
        _table(plain, chain, size)
        ui.note(
            _(
                "Not a fair race: gzip, bz2 and xz carry no 98 MB model to both ends, and short "
                "texts suffer from their headers (18, 14 and 32 bytes). The decoder of the model's "
                "code is told the number of tokens besides, a byte or two; its end falls on a "
                "whole byte, by luck a few bits below −log₂ p. Up to {n} tokens are coded: each "
                "takes one step of the model there and one back."
            ).format(n=coding.LONGEST)
        )


@st.cache_data(max_entries=64, show_spinner=False)
def _sizes(data: bytes) -> dict[str, int]:
    return compare_compressors(data)


def _buttons(ids: tuple[int, ...], start: int, trip: coding.Coding | None) -> None:
    running = trip is not None and trip.running
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if running:
            st.button(_("Stop"), key="lm_stop", on_click=coding.end, icon=":material/stop:")
        else:
            st.button(
                _("Encode and decode"),
                key="lm_code",
                on_click=coding.begin,
                args=(ids, start),
                icon=":material/compress:",
                type="primary",
            )
    ui.ticker(running, key="lm_tick", interval_ms=250)


def _table(plain: dict[str, int], chain: ChainRule, coded: int | None) -> None:
    rows = [("UTF-8", plain["raw"]), *[(name, plain[name]) for name in ("gzip", "bz2", "xz")]]
    if coded is not None:
        rows.append((_("this model"), coded))
    ui.table(
        ("", _("bytes"), _("bits per character"), _("of UTF-8")),
        [
            (
                name,
                count(size),
                number(8 * size / chain.characters),
                probability(size / plain["raw"]),
            )
            for name, size in rows
        ],
        numbers=(1, 2, 3),
    )


def _round_trip(trip: coding.Coding, held: scored.Scored) -> None:
    """How far it is; then the code and whether the text came back."""
    T = len(trip.ids)
    if trip.data is None:
        if trip.running:
            ui.note(_("Encoding: token {n} of {all} …").format(n=min(trip.steps + 1, T), all=T))
        return
    back = tuple(trip.decoded)
    chain = held.chain
    items = [
        ui.Fact(
            _("the code"),
            _("{n} bytes").format(n=count(len(trip.data))),
            _("{coded}, where −log₂ p is {ideal}").format(
                coded=_("{n} bits").format(n=count(8 * len(trip.data))), ideal=bits(chain.bits, 4)
            ),
        ),
    ]
    if trip.running:
        items.append(ui.Fact(_("decoding"), _("{n} of {all}").format(n=len(back), all=T)))
    elif trip.lossless:
        items.append(
            ui.Fact(_("decoded"), _("the same text"), _("all {n} tokens agree").format(n=T))
        )
    else:
        items.append(
            ui.Fact(_("decoded"), _("stopped"), _("{n} of {all}").format(n=len(back), all=T))
        )
    ui.facts(items)
    shown = trip.data[:48].hex(" ").upper()
    st.code(shown + (" …" if len(trip.data) > 48 else ""), language=None, wrap_lines=True)
    ui.note(_("The text as it comes back from these bytes and the model alone:"))
    tokens(
        [ui.Token(scored.token(i)) for i in back],
        key="lm_back",
        label=_("The decoded text"),
    )


def table() -> str:
    """The sizes as CSV."""
    text = ui.get("lm_text", texts.FACT)
    held = scored.score(text, limit=coding.LONGEST)
    rows: list[tuple[object, ...]] = []
    if held is not None:
        chain = held.chain
        sizes: dict[str, float] = dict(compare_compressors(b"".join(held.pieces)))
        sizes["model_ideal"] = chain.bits / 8
        start = scored.encoded(text, ui.current_language(), coding.LONGEST).start
        trip = None if start is None else coding.held(chain.ids, start)
        if trip is not None and trip.data is not None:
            sizes["model_coded"] = len(trip.data)
        rows = [(name, size, 8 * size / chain.characters) for name, size in sizes.items()]
    return texts.csv_of(("how", "bytes", "bits_per_character"), rows)
