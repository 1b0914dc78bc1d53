"""The use cases: load, decide, record. Each runs inside one transaction and returns what to answer and to publish."""
