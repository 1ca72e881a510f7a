"""FlashAttention: tiles, overflow, traffic, measurements."""
