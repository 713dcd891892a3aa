"""Many patients at once: a manifest of cases, and their scores and features as a table."""
