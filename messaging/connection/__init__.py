"""One client's connection, whatever carries it: the session that decides, the commands, the pump, and their bounds."""
