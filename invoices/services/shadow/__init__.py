"""A company that moves in: put into shadow, compared with its old system, and taken live (ADR 42)."""
