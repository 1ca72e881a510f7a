"""The computations behind language models, written to be read: torch and the standard library."""
