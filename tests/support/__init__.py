"""What several tests lean on: real services, ports, scaled counts."""
