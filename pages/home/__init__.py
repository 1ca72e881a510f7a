"""The map: the way of one sentence through the language model."""
