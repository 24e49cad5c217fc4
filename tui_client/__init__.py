"""The terminal client: Words for people, drawn with Textual."""
