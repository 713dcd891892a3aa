"""Model performance, overall and in subgroups, computed from a cohort.

A layer above the packages: it takes cohort tables and `statistics`.
"""
