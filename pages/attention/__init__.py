"""Attention: by hand, its masks, real heads, architectures, rank and the KV cache."""
