"""Tokenizers: how a vocabulary is learned, and how it splits a text."""
