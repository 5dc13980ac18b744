"""`python -m gbterm` is `gbterm`."""

import sys

from gbterm.cli.main import main

sys.exit(main())
