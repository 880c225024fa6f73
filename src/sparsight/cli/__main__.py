"""`python -m sparsight.cli`, where the script `sparsight` is not on the path."""

import sys

from sparsight.cli import main

sys.exit(main())
