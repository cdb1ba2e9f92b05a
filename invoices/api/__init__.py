"""The API's nouns of what is owed: cycles, documents, payments, and two shapes that tools of this field read."""
