"""What is owed, as plain values and rules: charges, schedule, rating, drafts, tax, numbers, ledger."""
