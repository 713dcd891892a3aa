"""Two pathways side by side: what the imaging scores suggest and what a guideline said.

Both are rule sets (data under `rules/`) read by one engine; no rule lives in code.
"""
