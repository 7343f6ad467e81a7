"""Summarization: What is this text about, in short?"""

TITLE = "Summarization"
ASKS = "What is this text about, in short?"
KIN: tuple[str, ...] = ()
