"""Paraphrase: Do two texts say the same?"""

TITLE = "Paraphrase"
ASKS = "Do two texts say the same?"
KIN: tuple[str, ...] = ("nli",)
