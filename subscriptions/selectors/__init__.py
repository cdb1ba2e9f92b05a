"""Reads agreements: terms as domain values, and the organizations that a person may see."""
