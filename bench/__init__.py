"""The benchmark behind the README's figures: `python -m bench` measures and prints a table."""
