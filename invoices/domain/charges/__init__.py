"""One module per rule that turns quantities into charges."""
