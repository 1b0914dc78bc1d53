"""Moderation: what moderators do, each act in an audit log that nobody can rewrite unseen."""
