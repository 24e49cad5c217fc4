"""An IRC load generator: many clients in one process, cheap enough not to be what is measured."""
