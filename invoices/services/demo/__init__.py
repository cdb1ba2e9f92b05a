"""An invented company, its customers and some months of their lives, to look around in and to try things out."""
