"""Writes of usage: events in, keys, partitions, replays."""
