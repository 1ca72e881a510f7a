"""The views of the entropy page."""
