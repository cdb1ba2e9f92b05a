"""What is agreed and what it costs, as files for other programs."""
