"""`pli chat`: a conversation in a terminal, on the SDK. Lines in, lines out; French first."""
