"""Hypothesis without a time limit for one example: the machine may be busy, and that is no failure."""

from hypothesis import settings

settings.register_profile("pli", deadline=None)
settings.load_profile("pli")
