"""Development tools: screenshots, translations, version pins, page templates."""
