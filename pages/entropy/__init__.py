"""Entropy and KL: what a distribution holds, and what encoding it with another one costs."""
