"""Coding and channels: Huffman codes, channel capacity, error-correcting codes."""
