"""Tells programs of customers what happened: endpoints, messages, and their way there (ADR 40)."""
