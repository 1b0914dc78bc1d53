"""The rules of Pli: pure values and functions. Nothing here reads a clock, a socket or a database."""
