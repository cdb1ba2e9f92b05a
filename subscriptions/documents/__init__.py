"""What is stored, as values that services, files and pages share."""
