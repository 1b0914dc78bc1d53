"""The real service under a machine that thinks up what people do to it."""
