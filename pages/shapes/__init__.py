"""The shapes page."""
