"""Other products that do some of what this one does, run beside it where they can be installed."""
