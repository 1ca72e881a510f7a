"""The views of the tokenizer page."""
