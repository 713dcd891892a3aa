"""From a table of past patients to what happened to them.

`schema` and `cohort` read tables, `releases` the authors' public data, `synthetic` draws the
shipped demo cohort; `curves`, `cox` and `performance` are the statistics; `compare` puts them
together for one question; `replication` recomputes the paper's numbers.
"""
