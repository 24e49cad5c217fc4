"""The screens: signing on, the main one, and those that open over it."""
