"""The tokenizers that ship with models, stepped on the visitor's text."""

from __future__ import annotations

import streamlit as st

import ui
from charts.format import count
from core.errors import InputError
from core.tokenizers.real import RealTokenizer, RealTrace, load_tokenizer
from core.tokenizers.real.hosted import HostedTokenizer
from core.tokenizers.walk import Walk, walk_trace
from pages.tokenizers import controls, stepping
from ui import _, models

#: In the session: the id of the visitor's file, then its tokenizer or why there is none.
UPLOADED = "tok_upload"
MEGABYTES = 20


@st.cache_resource(max_entries=2, show_spinner=False)
def shipped(which: str) -> RealTokenizer:
    """Return the language model's tokenizer ("lm") or the encoder's ("enc")."""
    if which == "lm":
        return load_tokenizer(models.language_model().tokenizer.backend)
    return load_tokenizer(models.encoder().tokenizer)


def stepped() -> tuple[RealTokenizer | HostedTokenizer, RealTrace, Walk]:
    """Return the chosen tokenizer with the steps of the visitor's text."""
    which = controls.tokenizer.value
    tokenizer: RealTokenizer | HostedTokenizer
    if which != "upload":
        tokenizer = shipped(which)
    elif UPLOADED in st.session_state:
        which, found = st.session_state[UPLOADED]
        if isinstance(found, InputError):
            raise found
        tokenizer = found
    else:
        raise ui.Notice(
            _("Upload the tokenizer.json file of a model, at most {n} MB.").format(n=MEGABYTES)
        )
    return tokenizer, *_steps(which, controls.text["real"].value, tokenizer)


@st.cache_resource(max_entries=96, show_spinner=False)
def _steps(
    name: str, text: str, _tokenizer: RealTokenizer | HostedTokenizer
) -> tuple[RealTrace, Walk]:
    # The cache's key has the name for the tokenizer.
    trace = _tokenizer.step(text)
    return trace, walk_trace(_tokenizer, trace)


def draw() -> None:
    """Draw the text merge by merge, or the encoding of one of its pre-tokens."""
    tokenizer, trace, run = stepped()
    stepping.draw(
        run,
        trace.text,
        "real",
        ui.Fact(
            _("tokenizers library"),
            _("same ids") if trace.agrees else _("other ids"),
            _("{n} ids compared").format(n=count(len(trace.ids))),
        ),
    )
    stages = ", ".join((*tokenizer.normalizers, *tokenizer.pre_tokenizers)) or "—"
    ui.note(
        _("{kind} with {n} tokens. Normalization and pre-tokenization: {stages}.").format(
            kind=tokenizer.kind, n=count(tokenizer.vocab_size), stages=stages
        )
    )
    if not trace.agrees:
        ui.sentence(
            _("The tokenizers library splits this text differently: {tokens}").format(
                tokens=" ".join(ui.plain(token) for token in trace.library_tokens[:40])
            )
        )


def upload() -> None:
    """Take the visitor's file; a new one replaces the last, even if it is broken.

    Each file is loaded once: a hostile one takes seconds until it is stopped.
    """
    if controls.tokenizer.value != "upload":
        return
    file = st.file_uploader(
        "tokenizer.json", type=["json"], key="tok_file", max_upload_size=MEGABYTES
    )
    if file is None:
        return  # Another view was open since: the last file still counts.
    last = st.session_state.get(UPLOADED)
    if last is not None and last[0] == file.file_id:
        return
    try:
        found = HostedTokenizer(file.getvalue())
    except InputError as error:
        found = error
    st.session_state[UPLOADED] = (file.file_id, found)
