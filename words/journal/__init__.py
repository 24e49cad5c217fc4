"""The durable log of what happened: events in and out of storage."""
