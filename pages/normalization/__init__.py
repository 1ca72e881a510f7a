"""The normalization page."""
