"""Price lists from files: read, compared with what is in force, and imported once somebody has seen the changes."""
