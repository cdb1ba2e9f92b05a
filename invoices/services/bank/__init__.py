"""Bank files: stored, read, matched with what is open, and recorded as payments once a person has confirmed them."""
