"""Encoder, decoder, encoder-decoder and prefix decoder: what is computed, and what is reused."""
