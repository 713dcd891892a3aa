"""Outcomes of past patients: groups compared, Cox models, a patient's position."""
