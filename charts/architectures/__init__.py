"""Figures of the page "Architectures and the KV cache"."""
