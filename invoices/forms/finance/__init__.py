"""What a person asks of the reports, and of the accounting."""
