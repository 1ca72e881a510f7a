"""The page on training objectives."""
