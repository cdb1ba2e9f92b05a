"""Moving in from an old billing system: who is still in shadow, what it billed, and how that compares with ours."""
