"""Subword tokenizers, step by step: BPE, WordPiece, Unigram, and those of published models.

The package is `core.tokenizers`; the third-party library `tokenizers` is another thing. Only
`core.tokenizers.real` imports that library, so the trainers work without it.
"""
