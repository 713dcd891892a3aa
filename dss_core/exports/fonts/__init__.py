"""Fonts that come with the program, and which characters they have."""
