"""The controls of the page "Long text"."""

from __future__ import annotations

from ui import N_, Choice, IntSlider, Slider, Text

LONGEST = 3_000  # characters of the text
EXAMPLE = """The Eddystone Rocks lie off Plymouth, and ships feared them. Henry Winstanley built \
the first lighthouse there in 1698. He wished to be inside it during the greatest storm there ever \
was. In November 1703 he was, and the storm took the tower.

The second tower was made of wood. It burned down in 1755.

John Smeaton then studied how an oak stands against the wind. His tower of interlocking stones was \
lit in 1759. It was stronger than the rock under it: the sea hollowed out the rock, and in 1882 a \
fourth tower took its place."""

# Chunks and retrieval: the same text, cut in the same way.
method = Choice(
    "long_method",
    N_("Cut by"),
    {
        "characters": N_("characters"),
        "words": N_("words"),
        "sentences": N_("sentences"),
        "paragraphs": N_("paragraphs"),
        "tokens": N_("tokens"),
        "recursive": N_("recursively"),
    },
    kind="menu",
    help=N_(
        "Recursively: at blank lines first, then at line breaks, spaces and characters, but only "
        "where a piece is too large. This is the splitter that most libraries use."
    ),
)
_RANGES = {
    "characters": (20, 400, 120),
    "words": (3, 80, 24),
    "sentences": (1, 8, 2),
    "paragraphs": (1, 4, 1),
    "tokens": (4, 100, 30),
    "recursive": (20, 400, 120),
}
_LABELS = {
    "characters": N_("Chunk size in characters"),
    "words": N_("Chunk size in words"),
    "sentences": N_("Chunk size in sentences"),
    "paragraphs": N_("Chunk size in paragraphs"),
    "tokens": N_("Chunk size in tokens"),
    "recursive": N_("Largest chunk in characters"),
}
sizes = {
    name: IntSlider(
        f"long_size_{name}",
        _LABELS[name],
        low,
        high,
        default,
        when=lambda name=name: method.value == name,
    )
    for name, (low, high, default) in _RANGES.items()
}
overlap = IntSlider(
    "long_overlap",
    N_("Overlap in % of the size"),
    0,
    90,
    25,
    5,
    help=N_("How much of a chunk the next one is asked to repeat."),
)
chosen = IntSlider("long_chunk", N_("Chunk"), 1, 200, 1)
text = Text("long_source", N_("Text"), EXAMPLE, rows=4, longest=LONGEST)

# Retrieval
best = IntSlider("long_k", N_("Chunks to retrieve, k"), 1, 8, 2)
question = Text(
    "long_question", N_("Question"), "When did the wooden tower burn down?", longest=300
)
answer = Text(
    "long_answer",
    N_("Sentence with the answer"),
    "It burned down in 1755.",
    note=N_("A part of the text, as it is written there"),
    longest=300,
)

# Memory
HAYSTACK = """The ferry leaves the small harbor at seven in the morning. Fishermen load their \
nets, and gulls wait on the sea wall. By eight the fog has usually lifted, and the islands stand \
clear against the sky.

The harbor office is a white house beside the crane. Two clerks work there in summer, one in \
winter. They sell tickets, write down the arrival of every boat, and lend umbrellas to visitors \
who have none.

Behind the office lies the market. On Saturdays farmers bring cheese, apples and honey from the \
valley. A baker sells dark bread from a cart, and children buy sweets with the coins that they \
have saved.

The lighthouse stands on the north pier. It was painted red after the war, because white was hard \
to see in snow. A keeper lived in it until the lamp became electric; now an engineer visits once \
a month.

In the evening the ferry returns with the lights of the town behind it. The clerks count the \
tickets, lock the door and walk home along the water. The night belongs to the cats, who sleep on \
warm ropes until the nets go out again."""
depth = IntSlider("long_depth", N_("Place of the fact in % of the text"), 0, 100, 60, 5)
room = IntSlider(
    "long_room",
    N_("Room in the prompt in tokens"),
    20,
    300,
    100,
    10,
    help=N_("For the cut-off text, the retrieved chunks and the joined summaries alike."),
)
sentences = IntSlider("long_sentences", N_("Sentences per chunk"), 1, 8, 3)
shown = Choice(
    "long_shown",
    N_("Prompt shown in full"),
    {
        "nothing": N_("question only"),
        "whole": N_("whole text"),
        "cut": N_("cut off"),
        "retrieved": N_("retrieved chunks"),
        "summaries": N_("summaries"),
    },
    "summaries",
    kind="menu",
)
_ANSWER = "The password of the harbor office is {}."
fact = Text("long_fact", N_("Fact"), _ANSWER.format("marigold"), longest=200)
asked = Text(
    "long_asked", N_("Question on it"), "What is the password of the harbor office?", longest=200
)
right = Text("long_right", N_("Right answer"), _ANSWER.format("marigold"), longest=150)
wrong = Text("long_wrong", N_("Wrong answer"), _ANSWER.format("tulip"), longest=150)
haystack = Text("long_haystack", N_("Text around the fact"), HAYSTACK, rows=4, longest=LONGEST)

# Cost
length = Slider(
    "long_length", N_("Length of the text in tokens"), 256, 131_072, 8_192, 1, scale="log"
)
window = Slider("long_window", N_("Window, or chunk, in tokens"), 16, 16_384, 1_024, 1, scale="log")

# Attention sinks
position = IntSlider("long_position", N_("Tokens read"), 32, 1_024, 1_024, 32, play=True)
cache = Choice("long_cache", N_("Cache in tokens"), {"64": "64", "128": "128", "256": "256"}, "128")
