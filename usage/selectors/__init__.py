"""Reads stored events back: what the meters count, and the evidence behind a count."""
