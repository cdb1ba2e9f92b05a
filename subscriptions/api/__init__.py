"""The API's nouns of an agreement, and what the API of every app is made of: problems, values, pages, writes."""
