"""`python -m sparsight.cli`, where the script `sparsight` is not on the path."""

import sys

from sparsight.cli.app import main

sys.exit(main())
