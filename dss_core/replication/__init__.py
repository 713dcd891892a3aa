"""The published numbers, recomputed from the authors' released data."""
