"""The demonstration: fictional people, their identity provider, the scenario they play. Never part of a deployment."""
