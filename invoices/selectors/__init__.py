"""Reads what is due, what was decided with which inputs, and the documents that were issued."""
