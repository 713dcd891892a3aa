"""The scores of a case and their robustness."""
