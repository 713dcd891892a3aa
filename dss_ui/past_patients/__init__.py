"""Outcomes of past patients, by score and treatment."""
