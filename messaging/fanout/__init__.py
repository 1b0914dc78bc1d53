"""Waking whoever listens, after the commit. The store is the truth; what is lost here is pulled."""
