"""Two pathways side by side: what the imaging scores suggest and what a guideline said.

Both are rule books (data under `rules/`) walked by one engine; no rule lives in code.
"""
