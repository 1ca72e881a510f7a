"""Training objectives: what a model is asked to predict, and which tokens it learns from."""
