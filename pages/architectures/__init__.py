"""The page "Architectures and the KV cache"."""
