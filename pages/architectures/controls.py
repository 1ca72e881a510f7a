"""The controls of the page "Architectures and the KV cache"; keys begin with "arch_"."""

from __future__ import annotations

from core.architectures import CACHE_MODELS
from core.errors import InputError
from pages.architectures import talk
from pages.architectures.material import MOST_PAIRS, last_step, pair_count
from ui import N_, Choice, IntSlider, Notice, Slider, Text

MOST_WORDS = 12  # of the sentence under the four masks
MOST_GAPS = 8  # gaps that the two networks fill

# Four masks
sentence = Text(
    "arch_sentence",
    N_("Sentence"),
    "The cat that sat on the mat was asleep",
    note=N_("Up to 12 words."),
)


def words() -> list[str]:
    """Return the words of the sentence that are drawn."""
    return [word[:24] for word in sentence.value[:2000].split()[:MOST_WORDS]]


token = IntSlider(
    "arch_token",
    N_("Changed word"),
    1,
    MOST_WORDS,
    9,
    help=N_("The word that is new or has changed since the model read the sentence."),
    reach=lambda: len(words()),
    play=True,
)
prefix = IntSlider(
    "arch_prefix",
    N_("Prefix or source"),
    1,
    MOST_WORDS - 1,
    4,
    reach=lambda: len(words()) - 1,
    help=N_(
        "A prefix decoder attends in both directions within the prefix. An encoder–decoder reads "
        "the source with its encoder and writes the rest with its decoder."
    ),
)
cell = Text("arch_cell", N_("Cell"), longest=40)

# Masked language modeling
rate = Slider(
    "arch_rate",
    N_("Rate"),
    0,
    1,
    0.15,
    0.01,
    help=N_("Share of the tokens that are chosen. BERT uses 15 %."),
)
mask_seed = IntSlider("arch_mseed", N_("Seed"), 0, 99, 0, play=True)
mask_text = Text(
    "arch_mtext",
    N_("Text"),
    "And God said, Let the waters under the heaven be gathered together unto one place, and let "
    "the dry land appear: and it was so.",
    rows=3,
)

# Filling gaps
gap_text = Text(
    "arch_gtext",
    N_("Text with gaps"),
    "And the _ went down into egypt, he and all his house. And the _ of the lord came unto "
    "moses, _.",
    rows=3,
    note=N_("“_” is a gap. Click a word to hide it; click a gap to choose it."),
)
hidden = Text("arch_hidden", N_("Hidden words"), longest=60)


def hidden_places() -> tuple[int, ...]:
    """Return the positions of the tokens that the visitor hid, in order."""
    places = {int(part) for part in hidden.value.split(",") if part.isdecimal()}
    return tuple(sorted(places))


gap = IntSlider(
    "arch_gap",
    N_("Gap"),
    1,
    MOST_GAPS,
    1,
    reach=lambda: gap_text.value.count("_") + len(hidden_places()),
    play=True,
)

# Fifteen percent
step = IntSlider("arch_step", N_("Update"), 0, 20_000, 20_000, 100, reach=last_step, play=True)
by = Choice("arch_by", N_("Compare at the same"), {"steps": N_("updates"), "tokens": N_("tokens")})

# Next sentence
pair_text = Text(
    "arch_ptext",
    N_("Text: blank lines separate documents"),
    "The cat sat on the mat. The mat was warm. A mouse came out of its hole. The cat saw the "
    "mouse. The mouse ran back into the hole.\n\n"
    "The river rises in the hills. It runs through three towns. In spring the river floods the "
    "fields. The fields need the water. In summer it is almost dry.\n\n"
    "The train left late. Every seat was taken. A child asked for the time of arrival. Nobody "
    "could say when the train would arrive.",
    rows=8,
)
pair_seed = IntSlider("arch_pseed", N_("Seed"), 0, 99, 0)


pair = IntSlider(
    "arch_pair",
    N_("Pair"),
    1,
    MOST_PAIRS,
    1,
    reach=lambda: pair_count(pair_text.value, pair_seed.value),
    play=True,
)

# KV cache
CONVERSATION = """What is the capital of France, and since when?
Paris. It has been the seat of the French kings, with interruptions, since the year 987.
How many people live there?
About two million people live in the city, and about twelve million in the region around it.
And which river flows through it?
The Seine."""
system = Text(
    "arch_system",
    N_("System prompt"),
    "You are a helpful assistant. Today is Monday, the time is 9:41.",
    rows=2,
)
conversation = Text(
    "arch_talk",
    N_("Conversation"),
    CONVERSATION,
    rows=6,
    note=N_("A line per speaker: the user, the assistant, the user …"),
)
request = IntSlider(
    "arch_request",
    N_("Request"),
    1,
    talk.MOST_TURNS,
    3,
    help=N_(
        "The user's first, second … question. The request repeats the conversation so far. The "
        "cache holds the previous request and its answer."
    ),
    reach=lambda: talk.turns(conversation.value),
    play=True,
)
template = Choice(
    "arch_template",
    N_("Template"),
    {
        "plain": N_("no reasoning (the model's own)"),
        "strip": N_("reasoning removed from earlier turns"),
        "off": N_("reasoning off, by an empty block"),
        "keep": N_("reasoning kept"),
        "switch": N_("reasoning kept so far, now removed"),
    },
    kind="menu",
    help=N_(
        "How the conversation is written as one text. The first is ChatML, the template of the "
        "model. The others are ours, modeled on Qwen3's: an answer may begin with reasoning in "
        "<think> … </think>, which the chat window hides."
    ),
)


def prompt_length() -> int:
    """Return the number of tokens of the current request."""
    try:
        found = talk.case(system.value, conversation.value, template.value, request.value)
    except (Notice, InputError):  # the view itself says what is wrong
        return 0
    return len(found.prompt)


edit = IntSlider(
    "arch_edit",
    N_("Changed token"),
    0,
    talk.MOST_TOKENS,
    0,
    words={0: N_("none")},
    help=N_("The request's token at this position is replaced. You can also click a token."),
    reach=prompt_length,
)
architecture = Choice(
    "arch_reuse",
    N_("Tokens colored for the"),
    {
        "decoder": N_("decoder"),
        "encoder": N_("encoder"),
        "encoder-decoder": N_("encoder–decoder"),
        "prefix": N_("prefix decoder"),
    },
    kind="menu",
)
steps = IntSlider("arch_steps", N_("Tokens to write"), 1, 32, 8)

# Cache sizes
context = IntSlider("arch_context", N_("Tokens in the context"), 128, 262_144, 40_960, scale="log")
model = Choice(
    "arch_model", N_("Model"), {name: name for name in CACHE_MODELS}, "Qwen3-0.6B", kind="menu"
)
guess = Choice(
    "arch_guess",
    N_("Compare with"),
    {
        "by_width": N_("head size = width ∕ heads"),
        "all_global": N_("no sliding window"),
        "uncompressed": N_("keys and values per query head"),
    },
    kind="menu",
    help=N_("A common wrong assumption. The dashed line is the cache that follows from it."),
)
precision = Choice(
    "arch_bytes", N_("Bytes per number"), {"4": "4 (fp32)", "2": "2 (bf16)", "1": "1 (fp8)"}, "2"
)
