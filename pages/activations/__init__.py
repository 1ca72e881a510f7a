"""Activations and the FFN: curves, gated units, gradients through depth, dead units."""
