"""Miscellaneous: Tasks that form no cluster of their own."""

TITLE = "Miscellaneous"
ASKS = "Tasks that form no cluster of their own."
KIN: tuple[str, ...] = ()
