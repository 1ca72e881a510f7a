"""What the README's figures come from: `python -m bench` measures and prints a table."""
