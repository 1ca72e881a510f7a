"""The views of the positions page."""
