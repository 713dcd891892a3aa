"""Cohort tables: schema, reading, the authors' releases, selection, the synthetic cohort."""
