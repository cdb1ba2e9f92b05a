"""What a finance team asks of the books: by month, recurring, deferred, and as entries of a journal."""
