"""The views of the activations page."""
