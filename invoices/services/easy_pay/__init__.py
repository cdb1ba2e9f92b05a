"""Easy Pay: a USD invoice of a US organization, paid online in full (BR-81)."""
