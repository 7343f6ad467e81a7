"""Coreference: Whom or what does the pronoun mean?"""

TITLE = "Coreference"
ASKS = "Whom or what does the pronoun mean?"
KIN: tuple[str, ...] = ()
