"""Price lists from files: read as rows, checked row by row, compared with what is in force (BR-31, BR-42, BR-78)."""
