"""What BPE and WordPiece training share, the bundled corpora, and the lesson's helpers."""
