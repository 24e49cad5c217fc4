"""The admin service: what an administrator may ask of a hub, running or stopped."""
