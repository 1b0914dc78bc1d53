"""What a peer, an outsider, the log and the events may see must not depend on who the other side is."""
