"""Who knocks: adapters of `ports.TokenVerifier`."""
