"""`python -m dss_core`: see `dss_core.cli`."""

import sys

from dss_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
