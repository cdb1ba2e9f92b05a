"""What happened, counted: typed facts in, billable quantities and their evidence out."""
