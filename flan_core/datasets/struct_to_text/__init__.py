"""Struct to text: How does this data read as a sentence?"""

TITLE = "Struct to text"
ASKS = "How does this data read as a sentence?"
KIN: tuple[str, ...] = ()
