"""
What is promised about speed, each figure a ratio measured in one run.

One module a figure, or a few that share their data. Each has `measure(size)`, which makes its own data in an empty
database and yields a `Figure` a goal. `python -m benchmarks NAME` runs one, `python -m benchmarks all` every one and
writes `benchmarks/results.md`.
"""
