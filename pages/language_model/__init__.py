"""Language model: the probability of a text by the chain rule, and what it is good for."""
