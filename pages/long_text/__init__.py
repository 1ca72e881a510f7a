"""The page "Long text"."""
