"""The data that several benchmarks share, made inside the database."""
