"""What was used in a period, as files for other programs; each is named like the report the domain knows it by."""
