"""The web client as it was built (`make web`), in `static`; the wheel has it where it was built before.

What is served of it, and where:

    inbox.html     /inbox/ and every address below that names no file
    console.html   /console/ and every address below, the moderators' page
    figures.html   /figures/, for whoever reads the published figures
    widget.html    /widget/, the frame in the platform's page
    loader.js      /widget/loader.js, the script in the platform's page
    inbox/*        /inbox/*, files whose place matters: service worker, manifest, icons
    assets/*       /assets/*, with a hash in their names

The pages' CSP takes scripts, styles and workers of these addresses alone, and one Trusted Types policy, `pli`: what
makes a worker or registers the service worker goes through it.
"""

from pathlib import Path
from typing import Final

STATIC: Final = Path(__file__).parent / "static"


def is_built() -> bool:
    """Whether there is anything to serve."""
    return (STATIC / "inbox.html").is_file()
