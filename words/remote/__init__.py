"""What is published over Perspective Broker: one surface, for gateway, client library and docs.

`chat.Chat` is the table: a method is a verb, its signature the arguments and the result, its
docstring the help. Modules here import the vocabulary only (events, names, errors), so that a
client needs nothing of the hub.
"""
