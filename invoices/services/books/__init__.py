"""
What must be true of the books, looked for in what the database holds; nothing is mended here.

Organization by organization, so that however many there are no more than some documents of one are in memory.
"""
