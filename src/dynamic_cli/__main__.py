"""``python -m dynamic_cli``."""

import sys

from dynamic_cli.main import main

sys.exit(main())
