"""Reading comprehension: What does the passage say about the question?"""

TITLE = "Reading comprehension"
ASKS = "What does the passage say about the question?"
KIN: tuple[str, ...] = ("reading_comprehension_with_commonsense",)
