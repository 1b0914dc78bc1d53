"""The service's settings: read once from PLI_* environment variables, checked, and then never changed.

With no variable set the service runs embedded: SQLite, keys and events in ./var, on the loopback interface. Nothing
here opens a file or a socket, and a setting that is not understood stops the start with a sentence on what to do.
"""

from messaging.config.settings import Settings
from messaging.config.variables import ConfigError

__all__ = ["ConfigError", "Settings"]
