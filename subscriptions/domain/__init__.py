"""What was agreed, as plain values and rules: periods, money, the catalog, editions, terms."""
