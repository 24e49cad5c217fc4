"""Perspective Broker (protocol version 6), wire-compatible with Twisted's.

Layers, each importing only those to its left:
`errors < limits < banana < flavors < registry < encoder, decoder < messages < stream < broker`
are sans-IO: bytes in, events out; `references` counts, `shared` is what a broadcast sends. `login`,
`scram` and `credentials` sit on the flavours. `transport`, `client`
and `server` are the asyncio shell, `blocking` is a shell over one blocking socket. `pb` re-exports
what most programs need: `from words.spread import pb`.

Nothing is imported here, so that a program that starts often (a command line) pays only for the
modules that it names.
"""
