"""Where relation events go: adapters of `ports.EventSink`."""
