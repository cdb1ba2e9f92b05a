"""The usual Django way to take events in, to be compared with: a serializer of DRF, and `bulk_create`."""
