"""Performance and validity of the model."""
