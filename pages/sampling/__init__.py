"""Sampling sandbox: from a model's logits to the next token."""
