"""What each family of commands is asked: its parsers, declared without what does the work.

Nothing here imports torch, pandas, SciPy's statistics or scikit-learn, so that `--help` and a wrong
option answer at once. Each module adds one family by its `add_parsers(subparsers)`; every parser
sets `run`, the `Handler` of its command.
"""
