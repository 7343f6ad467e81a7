"""Reading comprehension with commonsense: What does the passage imply to someone who knows the world?"""

TITLE = "Reading comprehension with commonsense"
ASKS = "What does the passage imply to someone who knows the world?"
KIN: tuple[str, ...] = ("commonsense", "reading_comprehension")
