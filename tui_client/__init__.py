"""The terminal client: `store` and `link` know no Textual, the rest draws what they know."""
