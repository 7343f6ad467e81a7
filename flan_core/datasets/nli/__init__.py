"""Natural language inference: Does a second text follow from a first?"""

TITLE = "Natural language inference"
ASKS = "Does a second text follow from a first?"
KIN: tuple[str, ...] = ("paraphrase",)
