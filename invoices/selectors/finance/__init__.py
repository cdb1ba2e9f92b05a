"""Reads what finance asks for: what was billed, paid and is owed, recurs, is deferred, and goes into the journal."""
