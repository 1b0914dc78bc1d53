"""Alerts: telling people, by mail and by push, that something waits, and nothing else."""
