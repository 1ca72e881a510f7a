"""What happens at a station, in one sentence with the current numbers."""

from __future__ import annotations

from charts.format import count, number, probability
from core.home import TextMap, attention_weight
from pages.home import controls, reading
from ui import _, models


def station_names() -> dict[str, str]:
    """Return the name of each station, in the order of the line."""
    names = (
        _("Text"),
        _("Tokens"),
        _("Vectors"),
        _("Attention"),
        _("FFN"),
        _("Logits"),
        _("Choice"),
        _("Text"),
    )
    return dict(zip(controls.STATIONS, names, strict=True))


def arithmetic(found: TextMap, choice: reading.Choice, layer: int, head: int) -> str:
    """Return what happens at the clicked station or mark, or on the whole line."""
    name, at = controls.clicked()
    if name == "vectors":
        return _vectors(found, at)
    if name == "attention":
        return _attention(found, layer, head, at)
    if name == "ffn":
        return _gate(found, layer, at)
    if name == "logits":
        return _logit(found, choice, at)
    return {"text": _text, "tokens": _tokens, "written": _written}.get(name, _drawn)(found, choice)


def _text(found: TextMap, _choice: reading.Choice) -> str:
    text = controls.text.value
    return _(
        "The sentence has {characters} characters, which are {bytes} bytes in UTF-8. The tokenizer "
        "cuts it into tokens; the map uses {tokens}."
    ).format(characters=count(len(text)), bytes=count(len(text.encode())), tokens=len(found.ids))


def _tokens(found: TextMap, _choice: reading.Choice) -> str:
    pairs = ", ".join(f"{reading.word(i)} = {i}" for i in found.ids[:6])
    return _("The model's input is the list of token ids: {pairs}{more}.").format(
        pairs=pairs, more=" …" if len(found.ids) > 6 else ""
    )


def _written(found: TextMap, choice: reading.Choice) -> str:
    return _(
        "“{token}” is appended, and the line starts again with {n} tokens. A text is written in "
        "this way, one pass through all stations per token."
    ).format(token=reading.word(choice.drawn), n=len(found.ids) + 1)


def _vectors(found: TextMap, at: tuple[int, ...]) -> str:
    config = models.language_model().config
    if len(at) == 2:
        token, column = min(at[0], len(found.ids) - 1), min(at[1], found.vectors.shape[1] - 1)
        return _(
            "“{token}” has the id {id}: row {id} of the embedding matrix, whose number in "
            "dimension {dimension} is {value}. The panel shows the {n} dimensions with the "
            "largest numbers."
        ).format(
            token=reading.word(found.ids[token]),
            id=found.ids[token],
            dimension=int(found.dimensions[column]),
            value=number(float(found.vectors[token, column])),
            n=found.vectors.shape[1],
        )
    return _(
        "Each id selects a row of the embedding matrix ({v} × {d}). {n} rows of {d} numbers go "
        "through {layers} layers; each layer adds the outputs of attention and FFN to them."
    ).format(
        v=count(config.vocab_size),
        d=config.embed_dim,
        n=len(found.ids),
        layers=config.num_layers,
    )


def _attention(found: TextMap, layer: int, head: int, at: tuple[int, ...]) -> str:
    weights = found.weights[layer, head]
    last = len(found.ids) - 1
    query, key = (at if len(at) == 2 else (last, int(weights[last].argmax())))[:2]
    query = min(query, last)
    if key > query:
        return _("Masked: a token attends only to itself and to earlier tokens.")
    taken = attention_weight(found.scores[layer, head], query, key)
    return _(
        "Layer {l}, head {h}: “{query}” attends to “{key}” with weight exp({score} − {largest}) / "
        "{total} = {weight}. The score {score} is q·k/√d, {largest} is the largest of the row, and "
        "{total} is the sum over the keys."
    ).format(
        l=layer,
        h=head,
        query=reading.word(found.ids[query]),
        key=reading.word(found.ids[key]),
        score=_signed(taken.score),
        largest=_signed(taken.largest),
        total=number(taken.total),
        weight=number(taken.weight),
    )


def _signed(x: float) -> str:
    return number(x) if x >= 0 else f"({number(x)})"


def _gate(found: TextMap, layer: int, at: tuple[int, ...]) -> str:
    shown = found.activations[layer]
    token, column = at if len(at) == 2 else divmod(int(shown.abs().argmax()), shown.shape[1])
    token, column = min(token, shown.shape[0] - 1), min(column, shown.shape[1] - 1)
    return _(
        "Layer {l}, “{token}”: the gate of unit {unit} is g = {gate}, and SiLU(g) = g/(1 + e⁻ᵍ) = "
        "{value} multiplies the unit's value. The panel shows the {n} most active of {all} units."
    ).format(
        l=layer,
        token=reading.word(found.ids[token]),
        unit=int(found.units[layer, column]),
        gate=number(float(found.gates[layer, token, column])),
        value=number(float(shown[token, column])),
        n=shown.shape[1],
        all=count(found.width),
    )


def _logit(found: TextMap, choice: reading.Choice, at: tuple[int, ...]) -> str:
    row = at[0] if len(at) == 1 else 0
    if row >= len(choice.ids):
        return _("The other {n} tokens have a probability of {p} together.").format(
            n=count(len(found.logits) - len(choice.ids)), p=probability(choice.probs[-1])
        )
    logit = float(found.logits[choice.ids[row]])
    token, p = reading.word(choice.ids[row]), probability(choice.probs[row])
    if controls.temperature.value == 0:
        return _(
            "The logit of “{token}” is {logit}. At temperature 0 the token with the largest logit "
            "is taken, so the probability is {p}."
        ).format(token=token, logit=number(logit), p=p)
    return _(
        "The logit of “{token}” is {logit}. It is divided by T = {t}, and the softmax over all {n} "
        "tokens gives {p}."
    ).format(
        token=token,
        logit=number(logit),
        t=f"{controls.temperature.value:g}",
        n=count(len(found.logits)),
        p=p,
    )


def _drawn(found: TextMap, choice: reading.Choice) -> str:
    text = _(
        "{n} tokens go through {layers} layers. After them, “{top}” is the most likely token, with "
        "{p} at T = {t}. Seed {seed} draws “{drawn}”, which has {share}."
    )
    if choice.drawn == choice.ids[0]:
        text = _(
            "{n} tokens go through {layers} layers. After them, “{top}” is the most likely token, "
            "with {p} at T = {t}, and seed {seed} draws it."
        )
    return text.format(
        n=len(found.ids),
        layers=found.weights.shape[0],
        top=reading.word(choice.ids[0]),
        p=probability(choice.probs[0]),
        t=f"{controls.temperature.value:g}",
        seed=controls.seed.value,
        drawn=reading.word(choice.drawn),
        share=probability(choice.share),
    )
