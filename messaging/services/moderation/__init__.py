"""Reports, cases, decisions and sanctions: load, decide by `messaging.moderation`, record (PROTOCOL.md section 9)."""
