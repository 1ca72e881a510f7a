"""The tokenizers that ship with models, stepped on the visitor's text."""

from __future__ import annotations

import hashlib

import streamlit as st

import ui
from charts.format import count
from core.tokenizers.real import RealTokenizer, RealTrace, load_tokenizer
from core.tokenizers.walk import Walk, walk_trace
from pages.tokenizers_parts import walking
from ui import _, models

UPLOAD = "tok_upload"  # in the session: the visitor's tokenizer with its digest
MEGABYTES = 20
TEXT = "The tokenizer's unbelievable: 你好，世界 👩🏽‍💻"


def draw() -> None:
    """Draw the view."""
    left, right = st.columns([1.2, 1], gap="medium")
    with left:
        which = ui.choice(
            _("Tokenizer"),
            {
                "lm": _("the language model's"),
                "enc": _("the encoder's"),
                "upload": _("your tokenizer.json"),
            },
            key="tok_real_of",
        )
        if which == "upload":
            receive()
        held = named(which)
        if held is not None:
            ui.note(kind(held[1]))
    with right:
        text = walking.text_box(_("Your text"), TEXT, "tok_real")
    if held is None:
        ui.note(_("Choose a file: the tokenizer.json beside a model, at most 20 MB."))
        return
    tokenizer = held[1]
    trace, run = walked(held[0], text, tokenizer)
    walking.draw(
        run,
        trace.text,
        "tok_real",
        [
            ui.Fact(
                _("as the library"),
                _("yes") if trace.agrees else _("no"),
                _("{n} ids compared").format(n=count(len(trace.ids))),
            ),
        ],
    )
    if not trace.agrees:
        ui.sentence(
            _("The tokenizers library cuts this text differently: {tokens}").format(
                tokens=" ".join(ui.plain(token) for token in trace.library_tokens[:40])
            )
        )


def kind(tokenizer: RealTokenizer) -> str:
    """The tokenizer in one line."""
    name = _("byte-level {kind}") if tokenizer.byte_level else "{kind}"
    stages = (*tokenizer.normalizers, *tokenizer.pre_tokenizers)
    told = (
        _("{kind}, {n} tokens. First the text passes through {stages}.")
        if stages
        else _("{kind}, {n} tokens.")
    )
    return told.format(
        kind=name.format(kind=tokenizer.kind),
        n=count(tokenizer.vocab_size),
        stages=", ".join(stages),
    )


@st.cache_resource(max_entries=2, show_spinner=False)
def shipped(which: str) -> RealTokenizer:
    """The language model's tokenizer ("lm") or the encoder's ("enc")."""
    if which == "lm":
        return load_tokenizer(models.language_model().tokenizer.backend)
    return load_tokenizer(models.encoder().tokenizer)


def named(which: str) -> tuple[str, RealTokenizer] | None:
    """A tokenizer with a name for caches; the visitor's own is kept while they look elsewhere."""
    return st.session_state.get(UPLOAD) if which == "upload" else (which, shipped(which))


def receive() -> None:
    """Take the visitor's file; another one in its place, or a broken one, ends the last."""
    file = st.file_uploader(
        "tokenizer.json", type=["json"], key="tok_file", max_upload_size=MEGABYTES
    )
    if file is None:
        return
    data = file.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    held = st.session_state.pop(UPLOAD, None)
    same = held is not None and held[0] == digest
    st.session_state[UPLOAD] = held if same else (digest, read(digest, data))


@st.cache_resource(max_entries=4, show_spinner=False)
def read(digest: str, _data: bytes) -> RealTokenizer:
    """A tokenizer.json's bytes, read and checked; `digest` is the cache's key."""
    return load_tokenizer(_data)


@st.cache_resource(max_entries=96, show_spinner=False)
def walked(which: str, text: str, _tokenizer: RealTokenizer) -> tuple[RealTrace, Walk]:
    """A text through a real tokenizer; `which` names it."""
    trace = _tokenizer.step(text)
    return trace, walk_trace(_tokenizer, trace)
