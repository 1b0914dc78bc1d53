"""The test suite; mirrors the sources. Shared helpers are in tests.support."""
