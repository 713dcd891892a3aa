"""`python -m dss_core`: see `dss_core.cli`."""

import sys

if __name__ == "__main__":
    if not sys.flags.safe_path:
        # Python looks for modules in the working directory first: a user's `json.py` would run in
        # place of the module meant. This program's own folder is enough, and comes last.
        sys.path.pop(0)
        from pathlib import Path

        sys.path.append(str(Path(__file__).resolve().parents[1]))

    from dss_core.cli import main

    sys.exit(main())
