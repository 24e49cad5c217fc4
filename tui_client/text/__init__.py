"""Texts of strangers as a terminal may show them; knows neither Textual nor the network."""
