"""Figures from relation events: what is counted, how, and what of it may be told. Pure; DuckDB does the counting."""
