"""What travels: typed structs of PROTOCOL.md, one definition for server, SDK and generated documents."""
