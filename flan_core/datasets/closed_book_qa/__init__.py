"""Closed-book QA: What is the answer, from memory?"""

TITLE = "Closed-book QA"
ASKS = "What is the answer, from memory?"
KIN: tuple[str, ...] = ()
