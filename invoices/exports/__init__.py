"""Documents as files for other programs."""
