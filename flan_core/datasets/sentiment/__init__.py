"""Sentiment: Is the writer's opinion good or bad?"""

TITLE = "Sentiment"
ASKS = "Is the writer's opinion good or bad?"
KIN: tuple[str, ...] = ()
