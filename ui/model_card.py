"""One line about the model behind a page: what it is, and what precedes the text."""

from __future__ import annotations

from contextlib import suppress

from charts.format import count
from charts.i18n import _
from core.lm import Encoder, LanguageModel, ModelError
from ui import models
from ui.html import note


def model_card(model: LanguageModel | Encoder | None = None) -> None:
    """Draw the card of a model, one line with a help bubble; call it after the figures.

    Args:
        model: The model whose numbers the view shows; None means the language model.
    """
    model = models.language_model() if model is None else model
    encoder = isinstance(model, Encoder)
    layers = _("{n} layers").format(n=model.config.num_layers)
    size = _("{n} million parameters").format(n=count(round(model.num_parameters / 1e6)))
    kind, precedes, why = _encoder(model) if encoder else _decoder(model)
    line = " · ".join([model.origin, size, layers, kind, precedes])
    note(_("Model: {facts}").format(facts=line), more=why)


def _encoder(model: Encoder) -> tuple[str, str, str]:
    first, last = (model.tokenizer.id_to_token(i) or "" for i in model.encode(""))
    return (
        _("bidirectional encoder"),
        _("{first} precedes the text and {last} follows it").format(first=first, last=last),
        _(
            "Every token attends to the tokens on both sides, so the model does not predict a next "
            "token. The tokenizer adds {first} and {last}, as in training."
        ).format(first=first, last=last),
    )


def _decoder(model: LanguageModel) -> tuple[str, str, str]:
    kind = _("decoder, instruct-tuned") if model.is_instruct else _("decoder, base model")
    if model.prefix_ids:
        bos = model.token_text(model.prefix_ids[0])
        return (
            kind,
            _("{token} precedes every prompt").format(token=bos),
            _("The tokenizer's configuration adds {token} to every text.").format(token=bos),
        )
    why = _(
        "The tokenizer's configuration adds no beginning token, so the probabilities agree with "
        "those of the transformers library."
    )
    with suppress(ModelError):  # a model without a separator
        first = _(
            "Only the first token of a text, which has no token before it, is predicted from "
            "{separator}, the separator of training documents."
        )
        why += " " + first.format(separator=model.token_text(model.start_id))
    return kind, _("nothing precedes the prompt"), why
