"""Statistics of scores and follow-up times; no table and no file is touched here."""
