"""What the API takes and tells of usage, and how it lets programs in by their keys."""
