"""The texts of the page's examples."""

from __future__ import annotations

FACT = "The capital of France is Paris."
LONDON = "The capital of France is London."
ARE = "The keys to the old wooden cabinet are on the table."
IS = "The keys to the old wooden cabinet is on the table."
ORDERED = "The cat slept on the warm roof because the sun was shining."
SHUFFLED = "roof The because sun on cat warm the shining slept was the."
ONCE = "A violet heron counts seven broken clocks."
REPEATED = " ".join([ONCE] * 3)
CHINESE = "今天天气很好，我们去公园散步吧。"
EMOJI = "Happy birthday! 🎉👨‍👩‍👧 שלום"

#: Abraham Lincoln, 19 November 1863; in the public domain.
SPEECH = (
    "Four score and seven years ago our fathers brought forth on this continent, a new nation, "
    "conceived in Liberty, and dedicated to the proposition that all men are created equal. Now "
    "we are engaged in a great civil war, testing whether that nation, or any nation so conceived "
    "and so dedicated, can long endure. We are met on a great battle-field of that war. We have "
    "come to dedicate a portion of that field, as a final resting place for those who here gave "
    "their lives that that nation might live."
)

#: Written for this page, so it is not in the training data of the model.
STORY = (
    "The lift in our building stops between the third and the fourth floor whenever somebody "
    "whistles. The landlord blames the wiring, the plumber blames the landlord, and the old woman "
    "on the second floor, who used to repair clocks, says that the lift is simply shy. Last week "
    "she taught it a waltz. Since then it has been running smoothly, though rather slowly, and "
    "always in three steps."
)
