"""The controls of the page "Architectures and the KV cache"; keys begin with "arch_"."""

from __future__ import annotations

from core.architectures import CACHE_MODELS
from core.errors import InputError
from pages.architectures import talk
from ui import N_, Choice, IntSlider, Notice, Text

# Four masks
sentence = Text("arch_sentence", N_("Sentence"), "the cat that sat on the mat was asleep")

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
