"""What keeps the repository in shape: screenshots, translations, the list of pages."""
