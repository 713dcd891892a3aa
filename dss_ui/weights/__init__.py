"""The weights in use and their import."""
