"""How good is a score, and for whom: the evidence behind it, computed from a cohort.

A layer above the packages: it takes cohort tables and `statistics`.
"""
