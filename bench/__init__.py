"""Benchmarks of the hub beside its peers: `python -m bench`. Nothing else imports this."""
