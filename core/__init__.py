"""What language models compute, written to be read: torch and the standard library only."""
