"""The first carrier of PROTOCOL.md: a WebSocket."""
