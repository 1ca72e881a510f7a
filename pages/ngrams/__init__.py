"""N-grams: perplexity against n, the next token, generated text, repeated data."""
