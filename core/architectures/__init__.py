"""Encoder, decoder, encoder-decoder and prefix decoder: what is computed, and what is reused."""

from __future__ import annotations

from core.architectures.one_sentence import SentenceMask, sentence_mask

__all__ = ["SentenceMask", "sentence_mask"]
