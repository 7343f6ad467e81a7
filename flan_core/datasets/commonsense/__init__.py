"""Commonsense: Which continuation or cause makes sense?"""

TITLE = "Commonsense"
ASKS = "Which continuation or cause makes sense?"
KIN: tuple[str, ...] = ("reading_comprehension_with_commonsense",)
