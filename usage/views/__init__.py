"""The customer's pages about use: licenses, the events that were reported, and the keys they are reported with."""
