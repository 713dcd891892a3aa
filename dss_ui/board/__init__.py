"""The summary for the tumour board."""
