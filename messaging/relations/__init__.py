"""Relation events: what the platform and its funders may know. Relations are counted, never people."""
