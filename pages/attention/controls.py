"""The controls of the attention page."""

from __future__ import annotations

from core.attention import KNOWN_SHAPES
from pages.attention import readings, sentences
from pages.attention.named_heads import toggle_button
from ui import N_, Choice, Choices, IntSlider, More, Stepper, Switch, Text, _

OWN_SHAPE = "own"
SHORT_TEXT = "When Mary and John went to the store, John gave a drink to Mary."
LONG_TEXT = (
    "The old clock in the hall had stopped, but nobody in the house could say when, and the cat "
    "did not care."
)


def _random() -> bool:
    return source.value == "layer"


def batch() -> sentences.Batch:
    """Return the sentences of the first view as a padded batch."""
    return sentences.batch_of(text.value, side.value)


# By hand
source = Choice("att_source", N_("Q, K and V"), {"layer": N_("random"), "given": N_("typed in")})
causal = Switch("att_causal", N_("Causal mask"), True)
heads = IntSlider("att_heads", N_("Heads H"), 1, 8, 2, when=_random)
# Stored from 1 in published links, displayed from 0 as in the literature.
_FROM_0: dict[float, str] = {n: str(n - 1) for n in range(1, 9)}
head = IntSlider(
    "att_head", N_("Head shown"), 1, lambda: heads.value, 1, words=_FROM_0, when=_random
)
text = Text(
    "att_text",
    N_("Up to four sentences, one per line"),
    "the cat chased the mouse\nthe mouse slept",
    rows=2,
    when=_random,
)
side = Choice(
    "att_side",
    N_("Pad shorter sentences"),
    {"right": N_("on the right"), "left": N_("on the left")},
    when=_random,
)
sentence = Choice(
    "att_sentence",
    N_("Sentence shown"),
    lambda: {str(i): str(i + 1) for i in range(max(1, len(batch().rows)))},
    when=lambda: _random() and len(batch().rows) > 1,
)
off = Choices(
    "att_off",
    N_("Heads switched off"),
    lambda: {str(n): f"H{n - 1}" for n in range(1, heads.value + 1)},
    help=N_("A head that is off contributes 0 to the output."),
    when=_random,
)
size = IntSlider(
    "att_size",
    N_("Head size d = D/H"),
    1,
    4,
    4,
    help=N_("D is the size of a word's vector; each of the H heads gets D/H of its numbers."),
    when=_random,
)
seed = IntSlider("att_seed", N_("Seed"), 0, 99, 1, when=_random)
matrices = {
    name: Text(key, name, default, rows=3, when=lambda: not _random())
    for name, key, default in (
        ("Q", "att_q", "1 0\n0 1\n1 1"),
        ("K", "att_k", "1 0\n0 2\n1 1"),
        ("V", "att_v", "1 0\n0 1\n2 -1"),
    )
}
#: The clicked cell of a board, "matrix,row,column"; "" until a cell is clicked. Never drawn.
cell = Text("att_cell", N_("Cell"), longest=40)
stage = Stepper("att_stage", N_("Stage"), unit=N_("stage"), first=1, interval_ms=1600)
hand_more = More(off, size, side, seed)
hand_rail = (heads, head, sentence, text, source, *matrices.values(), causal, hand_more)


# Masks
MOST_MASK_WORDS = 12


def mask_words() -> list[str]:
    """Return the words of the masks view, without padding."""
    return sentences.words_of(line.value, MOST_MASK_WORDS)


def _mask_length() -> int:
    return max(1, len(mask_words()) + padding.value)


line = Text("att_line", N_("Sentence"), "the cat sat on the warm mat")
method = Choice(
    "att_way",
    N_("How the mask is applied"),
    {
        "right": N_("−∞ before softmax (correct)"),
        "after_softmax": N_("0 after softmax (wrong)"),
        "zero": N_("0 in place of −∞ (wrong)"),
        "large_negative": N_("−10⁹ in place of −∞"),
        "minus_infinity": N_("−∞, fully masked rows not handled"),
        "unscaled": N_("without 1/√d"),
    },
    kind="menu",
)
mask_cell = Text("att_mcell", N_("Cell"), longest=40)
padding = IntSlider("att_pads", N_("Padding tokens"), 0, 6, 2, words={0: N_("none")})
padding_side = Choice("att_pside", N_("Padding side"), {"right": N_("right"), "left": N_("left")})
OFF: dict[float, str] = {0: N_("off")}
prefix_help = N_(
    "The first tokens attend to each other, as in a prefix decoder. With “Causal mask” on, a cell "
    "needs both masks, so the prefix adds nothing."
)
window_help = N_("How many tokens a query may attend to, itself included.")
prefix = IntSlider(
    "att_prefix", N_("Prefix"), 0, 18, 0, words=OFF, help=prefix_help, reach=_mask_length
)
window = IntSlider(
    "att_window",
    N_("Sliding window"),
    0,
    18,
    0,
    words=OFF,
    help=window_help,
    reach=_mask_length,
    play=True,
)
mask_causal = Switch("att_mcausal", N_("Causal mask"), True)
two_sided = Switch("att_both", N_("Two-sided window"), when=lambda: window.value > 0)
mask_seed = IntSlider("att_mseed", N_("Seed"), 0, 99, 1)
mask_kinds = (padding, padding_side, prefix, window, two_sided, mask_causal)
masks_rail = (*mask_kinds, method, line, More(mask_seed))


# Real heads
def real_tokens() -> readings.Text:
    """Return the tokens that the chosen model reads."""
    if reads.value == "random":
        return readings.repeated(model.value, period.value, random_seed.value)
    return readings.text_of(model.value, real_text.value)


def _layers() -> int:
    return readings.sizes(model.value)[0] - 1


def _heads() -> int:
    return readings.sizes(model.value)[1] - 1


def _decoder() -> bool:
    return model.value == readings.DECODER


model = Choice(
    "att_model",
    N_("Model"),
    {readings.DECODER: N_("language model"), readings.ENCODER: N_("encoder")},
)
reads = Choice(
    "att_on", N_("Input"), {"text": N_("your text"), "random": N_("random tokens, written twice")}
)
real_text = Text("att_real", N_("Text"), SHORT_TEXT, when=lambda: reads.value == "text")
period = IntSlider(
    "att_period", N_("Random tokens"), 2, 60, 24, when=lambda: reads.value == "random"
)
random_seed = IntSlider("att_rseed", N_("Seed"), 0, 99, 1, when=lambda: reads.value == "random")
# Head 4 of layer 17 attends to the token that followed the earlier "John".
layer = IntSlider("att_layer", N_("Layer L"), 0, 127, 17, reach=_layers, play=True)
real_head = IntSlider("att_rhead", N_("Head H"), 0, 127, 4, reach=_heads)
ALL: dict[float, str] = {0: N_("all")}
token = IntSlider(
    "att_token",
    N_("Query token"),
    0,
    512,
    0,
    words=ALL,
    help=N_("The token whose attention is shown. With ablated heads, its next token is predicted."),
    reach=lambda: len(real_tokens().ids),
    play=True,
)
#: The clicked key of the heatmap; 0: the key with the largest weight. Never drawn.
key_token = IntSlider("att_ktoken", N_("Key token"), 0, 512, 0)
_SYNTAX = N_("Heads such as L17H4; L17 stands for all heads of a layer.")
compared = Text(
    "att_compare",
    N_("Heads to compare"),
    placeholder="L18H6 L16H0",
    help=N_("Up to two more heads, drawn over the one shown, each in a color of its own."),
    note=_SYNTAX,
    longest=60,
)
combine = Choice(
    "att_combine",
    N_("With several heads, show"),
    {"max": N_("largest weight"), "mean": N_("mean weight")},
    when=lambda: bool(compared.value.strip()),
)
ablated = Text(
    "att_ablate",
    N_("Ablated heads"),
    placeholder="L23H4",
    help=N_(
        "The outputs of these heads are set to 0 in a forward pass of the language model. The "
        "figure compares its prediction with that of the intact model."
    ),
    note=_SYNTAX,
    longest=1500,
    when=_decoder,
)
form = Choice("att_form", N_("Show the head as"), {"heat": N_("heatmap"), "lines": N_("lines")})
TARGETS = {
    "previous_token": N_("previous token"),
    "first_token": N_("first token"),
    "current_token": N_("the token itself"),
    "same_token": N_("same token elsewhere"),
    "induction": N_("induction target"),
}
measure = Choice(
    "att_wall",
    N_("Overview shows"),
    {"picture": N_("attention matrix"), "entropy": N_("entropy")} | TARGETS,
    kind="menu",
    help=N_(
        "The attention matrix of every head, its mean entropy, or its mean weight on one kind of "
        "token. The induction target is the token that followed an earlier copy of the query token."
    ),
)


def _toggle_compared() -> None:
    _toggle(_("Add or remove the head shown"), compared)


def _toggle_ablated() -> None:
    if _decoder():
        _toggle(_("Ablate or restore the head shown"), ablated)


def _toggle(label: str, control: Text) -> None:
    head = (layer.value, real_head.value)
    toggle_button(label, control, head, readings.sizes(model.value))


heads_more = More(compared, _toggle_compared, combine, form, measure, random_seed)
heads_rail = (
    layer,
    real_head,
    token,
    reads,
    real_text,
    period,
    ablated,
    _toggle_ablated,
    model,
    heads_more,
)


# Architectures
MOST_KINDS_WORDS = 9


def kinds_words() -> list[str]:
    """Return the source words of the architectures view."""
    return sentences.words_of(kinds_text.value, MOST_KINDS_WORDS)


kinds_cell = Text("att_kcell", N_("Cell"), longest=40)
kinds_text = Text("att_source_text", N_("Sentence"), "the cat sat on the mat")
kinds_target = Text("att_target_text", N_("Output of the encoder–decoder"), "die Katze saß da")
kinds_prefix = IntSlider(
    "att_aprefix", N_("Prefix"), 0, 9, 3, reach=lambda: max(1, len(kinds_words())), play=True
)
kinds_seed = IntSlider("att_aseed", N_("Seed"), 0, 99, 1)
kinds_rail = (kinds_prefix, kinds_text, kinds_target, kinds_seed)

# Rank
rank_layer = IntSlider(
    "att_rank_layer", N_("Layer L shown"), -1, 29, -1, words={-1: N_("none")}, play=True
)
rank_text = Text("att_rank_text", N_("Text"), LONG_TEXT, rows=3)


# KV cache
def _own_shape() -> bool:
    return shape.value == OWN_SHAPE


shape = Choice(
    "att_shape",
    N_("Model"),
    {known.name: known.name for known in KNOWN_SHAPES} | {OWN_SHAPE: N_("custom sizes")},
    "SmolLM2-135M",
    kind="menu",
)
precision = Choice(
    "att_bytes",
    N_("Bytes per number"),
    {"4": "4 (fp32)", "2": "2 (fp16)", "1": "1 (fp8)"},
    "2",
    help=N_("Number formats of the cache: fp16 is 16-bit floating point, and so on."),
)
context = IntSlider(
    "att_context", N_("Tokens in the context"), 1, 1_048_576, 8192, scale="log", play=True
)
query_heads = IntSlider("att_queries", N_("Query heads"), 1, 128, 32, scale="log", when=_own_shape)
kv_heads = Choice(
    "att_kv",
    N_("Key and value heads"),
    lambda: {str(n): str(n) for n in range(1, query_heads.value + 1) if query_heads.value % n == 0},
    lambda: str(query_heads.value),
    kind="menu",
    when=_own_shape,
)
layers = IntSlider("att_layers", N_("Layers"), 1, 128, 32, when=_own_shape)
head_size = IntSlider("att_headsize", N_("Head size"), 16, 256, 128, 16, when=_own_shape)
sharing_rail = (context, shape, query_heads, kv_heads, layers, head_size, precision)

# Pitfalls
mistake_seed = {
    name: IntSlider(f"att_slip_{name}_seed", N_("Seed"), 0, 99, 1)
    for name in ("after_softmax", "zero", "empty", "scale")
}
mistake_keys = IntSlider("att_slip_keys", N_("Keys"), 2, 256, 64, scale="log")
mistake_text = Text("att_slip_pad", N_("Sentence"), "The cat sat on the mat.")
