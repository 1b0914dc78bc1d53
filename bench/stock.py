"""`pli serve` over ASGI's messages, as any ASGI server carries them: what it does without the direct path."""

import sys

from messaging.cli import main
from messaging.ws.transport import BoundedProtocol

if __name__ == "__main__":
    BoundedProtocol.is_direct = False
    sys.exit(main(["serve"]))
