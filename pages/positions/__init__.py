"""RoPE and positions: how a transformer learns where each token stands."""
