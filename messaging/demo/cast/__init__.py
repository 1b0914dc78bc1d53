"""The fictional people of each scenario, and what they look for."""
