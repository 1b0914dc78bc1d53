"""The WebSocket carrier of PROTOCOL.md: a pure session, and a pump that awaits."""
