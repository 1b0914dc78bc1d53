"""`python -m messaging.cli`"""

import sys

from messaging.cli import main

sys.exit(main())
